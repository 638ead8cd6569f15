SELECT value FROM base.meta WHERE key = 'schema'
