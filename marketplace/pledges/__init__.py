"""Pooled demand (拼班): people pledge for an occupation, place and time; institutions answer it.

劳动者登记想学什么、在哪学、何时学；人数够了，机构开班，按登记先后给名额。
Institutions see groups of five people or more and nobody's name. When one offers its class to the
line, a seat is held for each in turn until a deadline; taking the offer enrolls through the
redemption room's own act. Operations: make_pledge, withdraw_pledge, offer_run_to_pledges,
take_pledge_offer, decline_pledge_offer, withdraw_pledge_offers, end_pledge_offers. Small employers
announce groups (group_operations): announce_employer_group, join_employer_group,
end_employer_group, end_past_groups.
"""
