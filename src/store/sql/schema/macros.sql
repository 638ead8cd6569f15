-- Ids as people write them. Trace and span ids are integers in the tables: random text is what a
-- column store compresses worst.
CREATE MACRO main.span_hex(id) AS
    CASE WHEN id IS NULL THEN NULL ELSE lower(lpad(to_hex(id), 16, '0')) END;

CREATE MACRO main.trace_hex(hi, lo) AS
    CASE WHEN lo IS NULL THEN NULL ELSE lower(lpad(to_hex(hi), 16, '0') || lpad(to_hex(lo), 16, '0')) END;

-- The first twelve digits of a digest, as people compare them by eye.
CREATE MACRO main.digest_short(digest) AS left(regexp_replace(digest, '^[a-z0-9]+:', ''), 12);

-- What stands after the last slash: `checkout` of `ghcr.io/acme/checkout`.
CREATE MACRO main.last_segment(path) AS regexp_extract(path, '([^/@:]+)(?:[:@][^/]*)?$', 1);

-- Ticket keys in free text (SHOP-142), without the names of standards that look like them.
CREATE MACRO main.ticket_keys(text) AS
    list_distinct(list_filter(
        regexp_extract_all(text, '\b[A-Z][A-Z0-9]{1,9}-[0-9]{1,7}\b'),
        lambda key: NOT regexp_matches(key, '^(UTF|SHA|ISO|RFC|CVE|AES|TLS|HTTP|CWE|GHSA)-')
    ));

-- The tag of an image reference; a colon before the last slash is a registry's port.
CREATE MACRO main.image_tag(image) AS nullif(regexp_extract(split_part(image, '@', 1), ':([^/:]+)$', 1), '');

-- The version that a record of a workload means. The image's tag comes before the label: undoing a
-- rollout restores the image and leaves labels of the workload as they were. Tags that name no
-- version do not count.
CREATE MACRO main.shipped_version(image, label) AS
    coalesce(CASE WHEN lower(image_tag(image)) NOT IN ('latest', 'stable', 'main', 'master', 'edge', 'dev') THEN image_tag(image) END, label);

-- A time as lists show it, UTC to the second; the year stands in the header.
CREATE MACRO main.short_time(ns) AS strftime(make_timestamp_ns(ns), '%m-%d %H:%M:%S');

-- The prelude of the portable stages: what the engines spell differently.
CREATE MACRO main.re_all(value, pattern, put) AS regexp_replace(value, pattern, put, 'g');

-- The first of several members that a JSON object has; paths as `$."name"`.
CREATE MACRO main.first_member(object, paths) AS
    list_filter(json_extract_string(object, paths), lambda found: found IS NOT NULL)[1];

-- The trust floor of this connection, and whether a link of a state counts at it. What is contradicted counts always.
CREATE MACRO main.trust_floor() AS coalesce(getvariable('trust_floor'), 'any');

CREATE MACRO main.is_trusted(state) AS
    CASE trust_floor()
        WHEN 'matched' THEN state IN ('verified', 'matched', 'contradicted')
        WHEN 'verified' THEN state IN ('verified', 'contradicted')
        ELSE TRUE
    END;
