"""Business verbs of employers, vacancies and referrals."""
