"""Files of vacancies."""
