"""The blueprint of this audience."""

from flask import Blueprint

blueprint = Blueprint("employers", __name__, url_prefix="/employer")
