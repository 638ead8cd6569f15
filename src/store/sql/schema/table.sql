-- One physical table; its columns come from the declaration of its record.
CREATE TABLE base.{table} (
    file_id BIGINT,           -- first 63 bits of the evidence file's SHA-256
    "offset" BIGINT,          -- first byte of the record in that file
    length BIGINT,            -- number of bytes
    ts_ns BIGINT,             -- when it happened: nanoseconds since 1970, UTC
    evidence_class VARCHAR    -- attested, observed or asserted
    {columns}
);
