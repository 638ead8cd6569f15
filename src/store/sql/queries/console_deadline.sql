SET max_execution_time = {millis}
