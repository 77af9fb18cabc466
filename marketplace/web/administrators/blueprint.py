"""The blueprint of this audience."""

from flask import Blueprint

blueprint = Blueprint("administrators", __name__, url_prefix="/admin")
