"""What must always hold, looked at hourly and on demand; and how the jobs stand."""

from yizhan.domain.assurance.checks import checks
from yizhan.domain.assurance.jobs import JOBS
from yizhan.domain.assurance.model import FailedJob, JobKind, Result, Run
from yizhan.domain.assurance.permissions import PERMISSIONS
from yizhan.domain.assurance.queries import Health, health, history, list_failed_jobs, named
from yizhan.domain.assurance.service import HOURLY, ask_for_all, look, look_at_all, retry_job

__all__ = [
    "HOURLY",
    "JOBS",
    "PERMISSIONS",
    "FailedJob",
    "Health",
    "JobKind",
    "Result",
    "Run",
    "ask_for_all",
    "checks",
    "health",
    "history",
    "list_failed_jobs",
    "look",
    "look_at_all",
    "named",
    "retry_job",
]
