-- Who calls whom: services by the hosts that name them.
SELECT DISTINCT service, subject AS host FROM base.behaviour WHERE family = 'network' ORDER BY service, host
