-- The schema of physical tables, and a place for what the case knows of itself.
CREATE SCHEMA IF NOT EXISTS base;

CREATE TABLE IF NOT EXISTS base.meta (
    key VARCHAR NOT NULL,   -- 'schema', 'derived'
    value VARCHAR NOT NULL
);
