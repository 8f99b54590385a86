from tests.inbox.ingest.wire import *
async def test_text(shop):
    await shop.receive(written(text("hello", "w1")), written(text("again", "w2", 5)), written(text("hello", "w1")))
    assert len(await shop.messages())==2
    m = await shop.sent("w3", seconds=7)
    await shop.receive(ticked(status("delivered","w3",9), status("sent","w3",8)), ticked(status("read","w3",10)))
    print(await shop.quarantined())
    print(await shop.messages())
    m = await shop.sent(None, seconds=7)
    await shop.receive(ticked(status("delivered","w4",9), status("sent","w4",8, opaque=m)), ticked(status("read","w4",10)))
    print(await shop.messages())
    await shop.receive(written(message("reaction", {"message_id":"w1","emoji":"x"}, seconds=20), message("reaction", {"message_id":"w5","emoji":"y"}, seconds=20)))
    await shop.receive(written(text("late","w5",3)))
    print(await shop.messages())
    assert 0
