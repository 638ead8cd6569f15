-- How many threads the engine may use.
SELECT current_setting('threads')
