"""The blueprint of this audience."""

from flask import Blueprint

blueprint = Blueprint("assessors", __name__, url_prefix="/assessment")
