"""Commands for operators and cron: `flask --app wsgi GROUP COMMAND`. 命令行。"""
