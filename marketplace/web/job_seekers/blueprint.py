"""The blueprint of this audience."""

from flask import Blueprint

blueprint = Blueprint("job_seekers", __name__, url_prefix="/me")
