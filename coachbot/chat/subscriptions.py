from coachbot.chat.telegram.outbox import forget_updates
from coachbot.jobs.clock import DAY, every

every(DAY, forget_updates)
