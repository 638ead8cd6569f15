-- Events of a log source whose original text is no JSON: no rule can see into them.
SELECT count(*) FROM {{relation}} WHERE ({{filter}}) AND NOT coalesce(json_valid({{document}}), false)
