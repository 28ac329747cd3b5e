"""``VERL_PLATFORM=cpu``: verl's hybrid engine (FSDP2 actor, vLLM rollout) without an accelerator.

It uses verl's own registries and subclasses and patches no function. It exists so that anybody can
run, test and debug the real engine on a laptop and in CI. GPU runs use none of it.
"""
