SELECT value = 'yes' AS derived FROM base.meta WHERE key = 'derived'
