/** The words of run names: short, friendly, easy to say and to tell apart on the telephone, and none that is rude beside another. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** First words. */
export const adjectives = words(`
  able agile airy alert amber ample apt arctic autumn awake azure balmy bold brave breezy bright brisk bronze bubbly busy calm candid
  careful cheerful chilly civil clean clear clever cobalt copper coral cosmic cosy cozy crimson crisp curious dapper daring dashing deft
  distant dreamy eager early earnest easy ebony elated elegant emerald fabled fair faithful famous fearless festive fine fleet fond
  frosty gallant generous gentle gilded glad gleaming golden graceful grand grateful green happy hardy hazel helpful hidden honest
  humble indigo ivory jade jaunty jolly jovial keen kind lavender lilac lively loyal lucid lucky lunar magenta mellow merry mighty
  mindful misty modest mossy neat nimble noble novel opal orderly patient peaceful pearly placid playful plucky polite proud prudent
  quick quiet radiant ready regal robust rosy royal ruby rustic sage scarlet serene shiny silent silver sincere sleek smart smiling
  snowy solar sparkling spirited spry steady stellar sturdy sunny swift tactful tidy topaz tranquil trusty upbeat valiant velvet vivid
  warm watchful whimsical willing windy winsome wise witty worthy zealous zesty
`);

/** Second words. */
export const animals = words(`
  aardvark albatross alpaca anteater antelope armadillo auk avocet badger barracuda bat bear bee beetle bison bittern bobcat bongo
  buffalo bumblebee bunting butterfly buzzard camel capybara caracal cardinal caribou cassowary cat catfish chamois cheetah chickadee
  chinchilla chipmunk cicada civet clam condor coot cormorant cougar coyote crab crane cricket crow cuckoo curlew deer dingo dolphin
  donkey dormouse dove dragonfly duck dunlin eagle echidna egret eland elephant elk emu ermine falcon ferret finch firefly flamingo
  fossa fox frog gannet gazelle gecko gerbil gibbon giraffe gnu goldfinch goose gopher goshawk grebe grouse guanaco gull hamster hare
  harrier hedgehog heron hippo hoopoe hornbill horse hummingbird hyrax ibex ibis iguana impala jackal jackdaw jaguar jay jerboa kestrel
  kingfisher kite kiwi koala kookaburra kudu lapwing lark lemming lemur leopard limpet linnet lion lizard llama lobster loon lorikeet
  lynx macaw magpie mallard manatee marlin marmot marten meerkat mole mongoose moose moth mouse narwhal newt nightjar numbat ocelot
  octopus okapi opossum orca oriole oryx osprey ostrich otter owl oyster panda pangolin panther parrot partridge peacock pelican penguin
  petrel pheasant pika plover polecat porcupine porpoise puffin puma quail quokka quoll rabbit raccoon raven reindeer robin rook
  salamander salmon sandpiper seahorse seal serval shearwater shrew siskin skylark sloth snipe sparrow squirrel starfish starling
  stoat stork swallow swan swift tamarin tapir tarsier teal tern thrush tiger toad tortoise toucan trout turtle vole wallaby walrus
  warbler weasel whale wildcat wolf wolverine wombat woodlark woodpecker wren yak zebra
`);
