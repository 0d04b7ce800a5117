"""What is done beside the requests: tasks that a worker runs, some of them by the clock."""
