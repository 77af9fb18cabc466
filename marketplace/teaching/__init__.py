"""Where and by whom is taught: sites, rooms, trainers. 办学条件：场地、教室、师资。

Operations: register_site, revise_site, close_site, reopen_site, add_room, close_room, add_trainer,
end_trainer, add_qualification. Uses institutions, people's ID rules, jurisdictions, audit.
"""
