-- The trust floor of this connection; views over links and judgements show what counts at it.
SET VARIABLE trust_floor = '{floor}';
