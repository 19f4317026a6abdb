"""Names for runs that were given none: two words, `brisk-otter`."""

import random

_QUALITIES = """
    able agile amber ample apt bold brave bright brisk calm candid clever cobalt cordial cosy crisp curious daring
    deft eager earnest easy elated fair famous fancy festive fleet fond frank fresh gentle glad golden grand green
    happy hardy honest humble jolly just keen kind lively loyal lucid lucky mellow merry mighty modest neat nimble
    noble olive patient placid plucky polite prompt proud quick quiet rapid ready robust rosy ruby sage scarlet
    serene sharp silver sincere smart snug sober spry stately steady sturdy sunny swift tidy topaz tranquil trusty
    upbeat vivid warm wise witty zesty
"""
_CREATURES = """
    adder albatross alpaca badger beaver bison bobcat buzzard camel caracal chamois cheetah civet condor cormorant
    coyote crane curlew deer dingo dolphin dormouse eagle egret eland ermine falcon ferret finch fox gannet gazelle
    gecko gibbon goose grouse hare hawk hedgehog heron hoopoe hornet ibex ibis iguana impala jackal jackdaw jaguar
    kestrel kiwi koala kudu lark lemur leopard lynx magpie marmot marten mole moose narwhal newt ocelot osprey otter
    owl panther partridge pelican petrel plover puffin puma quail rabbit raven robin sable salmon seal shrike skua
    sparrow squirrel starling stoat stork swallow swan tapir teal tern thrush toad turtle vole walrus weasel wombat
    wren yak zebra
"""
_FIRST, _SECOND = _QUALITIES.split(), _CREATURES.split()


def run_name() -> str:
    return f"{random.choice(_FIRST)}-{random.choice(_SECOND)}"  # noqa: S311  a name, no secret
