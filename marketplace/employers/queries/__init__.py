"""Reading employers, vacancies and referrals."""
