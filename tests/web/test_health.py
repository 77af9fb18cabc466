def test_health_answers_with_version(client):
    answer = client.get("/health").get_json()
    assert answer == {"status": "ok", "database": "ok", "version": "0.1.0"}
