"""Each page, file and metric: what it has to show, and what it shows."""
