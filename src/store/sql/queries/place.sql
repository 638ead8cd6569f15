-- Where an entity is said.
SELECT file_id, "offset", length FROM base.entity WHERE id = $id
