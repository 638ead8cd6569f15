-- The services that anything was rolled up of.
SELECT service FROM base.behaviour UNION SELECT service FROM base.presence UNION SELECT service FROM base.served
UNION SELECT service FROM base.latency UNION SELECT service FROM base.quantile
