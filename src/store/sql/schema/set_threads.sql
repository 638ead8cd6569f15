SET threads = {threads}
