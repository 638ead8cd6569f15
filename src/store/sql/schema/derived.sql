-- Derived from the loaded tables by `load`; emptied and filled again whenever evidence is added.

-- Everything that can be pointed at, once: the finder's index and the chain's nodes.
CREATE TABLE base.entity (
    id VARCHAR NOT NULL,          -- kind:natural-key
    kind VARCHAR NOT NULL,        -- commit, session, build, ...
    key VARCHAR NOT NULL,         -- the natural key alone
    label VARCHAR NOT NULL,       -- what people call it
    ts_ns BIGINT,                 -- when it happened
    evidence_class VARCHAR,       -- attested, observed or asserted
    service VARCHAR,              -- the service that it concerns, where known
    environment VARCHAR,          -- the environment that it concerns, where known
    file_id BIGINT,               -- where it is said
    "offset" BIGINT,
    length BIGINT
);

-- Why two entities belong together; one row per rule that says so.
CREATE TABLE base.link (
    from_id VARCHAR NOT NULL,
    to_id VARCHAR NOT NULL,
    method VARCHAR NOT NULL,      -- the rule's name
    class VARCHAR NOT NULL,       -- S, I or T
    state VARCHAR NOT NULL,       -- matched, inferred, ambiguous, contradicted, ...
    k INTEGER,                    -- how many targets are equally good, for ambiguous
    weight DOUBLE NOT NULL,       -- for ranking only
    why VARCHAR NOT NULL,         -- one sentence
    left_value VARCHAR,           -- what the one side says
    right_value VARCHAR,          -- what the other side says
    from_file_id BIGINT,
    from_offset BIGINT,
    from_length BIGINT,
    to_file_id BIGINT,
    to_offset BIGINT,
    to_length BIGINT
);

-- One row per service, environment and artifact or version that went live.
CREATE TABLE base.release (
    id VARCHAR NOT NULL,          -- service@version/environment
    service VARCHAR NOT NULL,
    version VARCHAR,
    environment VARCHAR,
    sha VARCHAR,                  -- commit
    digest VARCHAR,               -- artifact
    started_ns BIGINT,            -- first sign that it was going live
    finished_ns BIGINT,           -- when the next one of the service replaced it
    status VARCHAR,               -- live, replaced, rolled_back
    file_id BIGINT,
    "offset" BIGINT,
    length BIGINT
);

CREATE VIEW main.entity AS SELECT * FROM base.entity;
CREATE VIEW main.link AS SELECT * FROM base.link;
CREATE VIEW main.release AS SELECT * FROM base.release;
