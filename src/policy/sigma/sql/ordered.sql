SELECT *, {{count}} AS measure FROM ({{hits}}) AS ordered
