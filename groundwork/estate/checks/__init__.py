"""Whether what the files of a city say fits together; each module looks at one thing and yields faults."""
