DELETE FROM base.meta WHERE key = 'derived';
INSERT INTO base.meta VALUES ('derived', '{value}');
