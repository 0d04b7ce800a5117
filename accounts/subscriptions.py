from accounts.housekeeping import forget_dead_sessions
from coachbot.jobs.clock import DAY, every

every(DAY, forget_dead_sessions)
