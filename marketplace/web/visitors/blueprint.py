"""The blueprint of this audience."""

from flask import Blueprint

blueprint = Blueprint("visitors", __name__)
