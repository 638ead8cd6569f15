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
CREATE TABLE base.every_link (
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

-- Those that count at the trust floor that is asked for.
CREATE VIEW base.link AS SELECT * FROM base.every_link WHERE is_trusted(state);

CREATE VIEW main.entity AS SELECT * FROM base.entity;
CREATE VIEW main.link AS SELECT * FROM base.link;
CREATE VIEW main.release AS SELECT * FROM base.release;

-- Who emitted: each resource with the release that it ran.
CREATE TABLE base.emitter (
    resource_id UBIGINT NOT NULL,
    release VARCHAR NOT NULL,     -- base.release.id, empty where no release is known
    service VARCHAR NOT NULL,
    environment VARCHAR,
    instance VARCHAR NOT NULL     -- pod name, or what else tells instances apart
);

-- Where each release ran: one row per pod.
CREATE TABLE base.placement (
    instance_id VARCHAR NOT NULL, -- base.entity.id
    pod VARCHAR NOT NULL,
    release VARCHAR NOT NULL,     -- base.release.id, empty where no release is known
    service VARCHAR NOT NULL,
    environment VARCHAR,
    service_account VARCHAR,
    digest VARCHAR,
    started_ns BIGINT,
    ended_ns BIGINT,
    seen_ns BIGINT                -- the last record that shows it
);

-- Whose doing an access event was.
CREATE TABLE base.access_origin (
    file_id BIGINT NOT NULL,
    "offset" BIGINT NOT NULL,
    release VARCHAR NOT NULL,
    service VARCHAR NOT NULL,
    instance VARCHAR NOT NULL,
    class VARCHAR NOT NULL        -- I: the instance is named; T: the service, and what it ran at the time
);

-- How often a release did a thing, in steps of five minutes.
CREATE TABLE base.behaviour (
    family VARCHAR NOT NULL,      -- network, secret, privilege, error, template, process, file
    key VARCHAR NOT NULL,         -- normalised: no ids, pod hashes, ephemeral ports, versions
    subject VARCHAR NOT NULL,     -- what it was done to: host, secret, action, error type
    service VARCHAR NOT NULL,
    release VARCHAR NOT NULL,
    instance VARCHAR NOT NULL,
    block_ns BIGINT NOT NULL,     -- start of the step
    events BIGINT NOT NULL,
    first_ns BIGINT NOT NULL,
    last_ns BIGINT NOT NULL,
    file_id BIGINT NOT NULL,      -- an example
    "offset" BIGINT NOT NULL,
    length BIGINT NOT NULL
);

-- How much each instance had to do, and how much of it failed, in the same steps.
CREATE TABLE base.served (
    service VARCHAR NOT NULL,
    release VARCHAR NOT NULL,
    instance VARCHAR NOT NULL,
    operation VARCHAR NOT NULL,
    block_ns BIGINT NOT NULL,
    source VARCHAR NOT NULL,      -- span or metric
    requests BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    file_id BIGINT NOT NULL,      -- an example, a failed one where there is one
    "offset" BIGINT NOT NULL,
    length BIGINT NOT NULL
);

-- How long requests took, as counts in steps of two significant digits.
CREATE TABLE base.latency (
    service VARCHAR NOT NULL,
    release VARCHAR NOT NULL,
    operation VARCHAR NOT NULL,
    block_ns BIGINT NOT NULL,
    bucket_ns BIGINT NOT NULL,    -- lower end of the step
    width_ns BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    file_id BIGINT NOT NULL,
    "offset" BIGINT NOT NULL,
    length BIGINT NOT NULL
);

-- The 95th percentile of durations as metrics tell it.
CREATE TABLE base.quantile (
    service VARCHAR NOT NULL,
    release VARCHAR NOT NULL,
    operation VARCHAR NOT NULL,
    block_ns BIGINT NOT NULL,
    value_ns BIGINT NOT NULL,
    file_id BIGINT NOT NULL,
    "offset" BIGINT NOT NULL,
    length BIGINT NOT NULL
);

-- What metrics say of a release besides its requests: increments of counters, levels of gauges, in
-- thousandths.
CREATE TABLE base.outcome (
    service VARCHAR NOT NULL,
    release VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    is_counter INTEGER NOT NULL,
    block_ns BIGINT NOT NULL,
    total_milli BIGINT NOT NULL,
    points BIGINT NOT NULL,
    file_id BIGINT NOT NULL,
    "offset" BIGINT NOT NULL,
    length BIGINT NOT NULL
);

-- Which instance spoke at all, by any telemetry.
CREATE TABLE base.presence (
    service VARCHAR NOT NULL,
    release VARCHAR NOT NULL,
    instance VARCHAR NOT NULL,
    block_ns BIGINT NOT NULL,
    spans BIGINT NOT NULL,
    logs BIGINT NOT NULL,
    file_id BIGINT NOT NULL,
    "offset" BIGINT NOT NULL,
    length BIGINT NOT NULL
);

-- Log messages with every token that holds a digit masked, counted.
CREATE TABLE base.masked_log (
    service VARCHAR NOT NULL,
    release VARCHAR NOT NULL,
    instance VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,    -- error, warn, info
    masked VARCHAR NOT NULL,
    block_ns BIGINT NOT NULL,
    events BIGINT NOT NULL,
    first_ns BIGINT NOT NULL,
    last_ns BIGINT NOT NULL,
    file_id BIGINT NOT NULL,
    "offset" BIGINT NOT NULL,
    length BIGINT NOT NULL
);

-- What each stage gave, and by which text of the stage.
CREATE TABLE base.receipt (
    stage VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,      -- SHA-256 of the stage's SQL
    rows BIGINT NOT NULL
);

CREATE VIEW main.behaviour AS SELECT * FROM base.behaviour;
CREATE VIEW main.served AS SELECT * FROM base.served;
CREATE VIEW main.latency AS SELECT * FROM base.latency;
CREATE VIEW main.quantile AS SELECT * FROM base.quantile;
CREATE VIEW main.outcome AS SELECT * FROM base.outcome;
CREATE VIEW main.presence AS SELECT * FROM base.presence;
CREATE VIEW main.masked_log AS SELECT * FROM base.masked_log;
CREATE VIEW main.access_origin AS SELECT * FROM base.access_origin;
CREATE VIEW main.placement AS SELECT * FROM base.placement;
CREATE VIEW main.receipt AS SELECT * FROM base.receipt;
