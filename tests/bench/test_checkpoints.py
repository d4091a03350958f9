from bench.checkpoints import checkpoint_bytes


async def test_checkpoints_do_not_grow_with_the_candidates() -> None:
    (few, small), (many, large) = await checkpoint_bytes(12), await checkpoint_bytes(300)
    assert many > few + 250
    assert abs(large - small) < many - few  # random version numbers differ in length by some bytes
