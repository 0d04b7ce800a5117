"""CoachBot: appointments for coaches, trainers, clinics and their clients."""
