from coachbot.jobs.clock import DAY, every
from coachbot.mail.tasks import forget_old_mail

every(DAY, forget_old_mail)
