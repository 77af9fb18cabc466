"""Applying for accreditation: dossier, checklist, clock, decision. 资质申请：材料、清单、时限。

Operations: begin_application, apply_with_new_institution, save_legal_facts, add_scope,
remove_scope, attach_document, detach_document, open_application_document, submit_application,
withdraw_application, return_application, grant_application, reject_application,
set_review_limit, import_calendar, remove_calendar_day. Uses teaching, institutions, catalog,
people's documents, notices, audit.
"""
