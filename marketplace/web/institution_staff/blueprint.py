"""The blueprint of this audience."""

from flask import Blueprint

blueprint = Blueprint("institution_staff", __name__, url_prefix="/institution")
