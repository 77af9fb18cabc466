"""The blueprint of this audience."""

from flask import Blueprint

blueprint = Blueprint("fund_managers", __name__, url_prefix="/fund")
