"""A batch is handled as a whole, and invalid messages in it fail alone."""

from pydantic import BaseModel

from postrider.workers.batches import batch_worker


class Order(BaseModel):
    number: int


def event_of(*bodies):
    return {"Records": [{"messageId": f"m{place}", "body": body} for place, body in enumerate(bodies)]}


def failed(answer):
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def order(number):
    return Order(number=number).model_dump_json()


def test_the_batch_comes_as_a_whole():
    seen = []

    def handle(orders):
        seen.append([message.number for message in orders])
        return []

    assert failed(batch_worker(Order, handle)(event_of(order(1), order(2), order(3)), None)) == []
    assert seen == [[1, 2, 3]]


def test_a_message_that_cannot_be_read_fails_alone():
    worker = batch_worker(Order, lambda orders: [])
    assert failed(worker(event_of(order(1), "{", '{"number": "x"}', "null"), None)) == ["m1", "m2", "m3"]


def test_messages_that_are_given_back_are_delivered_again():
    worker = batch_worker(Order, lambda orders: [message for message in orders if message.number == 2])
    assert failed(worker(event_of(order(1), order(2)), None)) == ["m1"]


def test_a_message_that_always_fails_does_not_fail_the_others():
    done = []

    def handle(orders):
        if any(message.number == 2 for message in orders):
            raise RuntimeError
        done.extend(message.number for message in orders)
        return []

    assert failed(batch_worker(Order, handle)(event_of(order(1), order(2), order(3)), None)) == ["m1"]
    assert done == [1, 3]
