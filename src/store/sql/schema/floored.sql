-- A table that was filled for each trust floor, as it is at the floor that is asked for.
CREATE VIEW base.{table} AS SELECT * EXCLUDE (floor) FROM base.every_{table} WHERE floor = trust_floor();
