"""What English phrases do, as patterns. Several may match one message."""

from coachbot.chat.vocabulary.language import Act

PHRASES = {
    Act.YES: (
        "yes|yep|yeah|yup|ya|yea|aye|sure|ok|okay|okey|okie|k|correct|right|exactly",
        "confirm(?:ed)?|absolutely|definitely|of course|certainly|go ahead|do it|do that",
        "sounds good|works for me|that works|go on|yes do|sure thing|looks good|perfect",
        "please do|go for it|fine|y|affirmative|thats right|thats fine",
    ),
    Act.NO: (
        "no|nope|nah|nay|n|dont|do not|not that|not now|no way|never|wrong|leave it|keep it",
        "rather not|better not|id rather not|not yet|negative",
    ),
    Act.NOT: ("(?:dont|do not|never|not|wont|please dont|didnt|did not|without)",),
    Act.DOUBT: (
        "maybe|perhaps|possibly|wait|hold on|hang on|hmm+|but|if|unless|i think|guess",
        "probably|later",
    ),
    Act.UNSURE: (
        "not sure|dunno|(?:dont|do not) know|no idea|let me (?:think|check|see)|undecided",
        "(?:cant|cannot) decide|not certain",
    ),
    Act.STOP: (
        "stop|never ?mind|nvm|forget it|forget about it|quit|exit|abort|leave it|no thanks",
        "no thank you|(?<!.)nothing(?!.)|not interested|cancel that|drop it|let it be|thats all",
    ),
    Act.START_OVER: (
        "start over|start again|start anew|start afresh|restart|reset|begin again|new search",
        "forget everything|from scratch|from the beginning|from the top",
    ),
    Act.HELP: (
        "help|help me|what can (?:you|u|i) (?:do|ask|say)|how does (?:this|it) work",
        "what do you do|who are you|what are you|how do i use (?:this|you)|options|commands",
        "menu|instructions for use|are you (?:a |an )?(?:bot|human|robot|real)",
        "(?:speak|talk|chat) (?:to|with) (?:an? )?(?:real )?(?:person|human|somebody|someone)",
        "what are my options|im lost|how do i (?:book|cancel|move|reschedule)",
    ),
    Act.GREETING: (
        "hello|hi|hey|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings|yo|hallo",
        "hi there|hello there|hey there|whats up|sup|how are you",
    ),
    Act.THANKS: (
        "thanks|thank you|thx|ty|cheers|thank u|many thanks|thanks a lot|much appreciated",
    ),
    Act.GOODBYE: ("bye|goodbye|bye bye|see ya|cya|ciao|good night|take care|later gator",),
    Act.BOOK: (
        "book(?: me)?(?: in)?|reserve|schedule|sign me up",
        "make (?:an? |me )?(?:new )?(?:appointment|booking|reservation)|arrange|set up",
        "put me down|get me",
        "(?:i |id |we )?(?:need|want|would like|like|wanna have|d like)"
        "(?: to (?:have|get|book|make))?"
        " (?:an?|the|some|my|another|to see|to come)",
        "can i (?:get|have|book|come|make)|could i (?:get|have|book|come|make)",
        "may i (?:get|have|book)|ill have|ill take|(?:new|another) (?:appointment|booking)",
        "fit me in|squeeze me in|(?:i |id |we )?(?:need|want|would like|like|d like) §n",
    ),
    Act.LOOK: (
        "free|available|availability|availabilities|opening|openings|vacancy|vacancies|slots?",
        "any(?:one|body|thing)|some(?:one|body)|who(?: is| can|s)?|when can|when could",
        "is there|are there|do you have|have you got|got any|find|search|look(?:ing)? for",
        "show me (?:times|slots)|times|space|can i see|can i come|see §n|whats open",
        "what (?:times|slots|appointments)|does §n have|has §n got|can §n|could §n|is §n",
        "appointments? with|possible",
    ),
    Act.LIST: (
        r"my (?:\S+ ){0,2}(?:bookings?|appointments?|sessions|reservations?|schedule|calendar)",
        "what (?:do|did) i (?:have|book)|do i have|have i got",
        "when (?:is|are|do i have) (?:my|the next)|whens my|am i booked|what have i booked",
        "did i book|show (?:my|me my)|what time is my|whats my next",
        "(?:my|the) (?:next|upcoming) (?:appointment|booking|session)",
        "where is my (?:appointment|booking)|my bookings?|upcoming (?:appointments|bookings)",
        "remind me|when my",
        "(?:list|show|see|check|view) (?:all )?(?:my |the )?(?:bookings|appointments)",
        "bookings|(?<!.)appointments(?!.)|what am i booked for",
        "when (?:am|are) (?:i|we) (?:supposed|due|meant|expected)|when do i come",
        "am i (?:seeing|meeting)|when do i (?:see|meet|have)|is my (?:appointment|booking)",
    ),
    Act.MOVE: (
        "instead of|rather than|move|switch|bump|transfer|adjust|reschedule|rebook|postpone",
        "push(?: back)?|shift",
        "bring forward|rearrange|delay|put off|swap",
        r"change (?:my|the|it|booking|appointment|§r\d|to|that)",
        r"(?:appointment|booking|session|§n) (?:\S+ ){0,4}instead",
        "(?:another|different|new|earlier|later) (?:time|day|date|slot) for my",
        "make it .* instead|(?:can|could|may) (?:i|we) (?:come|have|do) .* instead",
    ),
    Act.CANCEL: (
        "cancel(?:led|ling|lation)?|call off|delete|remove|scrap|drop my|get rid of",
        "get me out of",
        "(?:cant|cannot|can not|wont|will not|not able to|unable to) "
        "(?:make|come|attend|be there)(?: it)?",
        r"call (?:it|that|my \S+) off|wont be able|undo",
    ),
    Act.HOURS: (
        "(?:opening|business|working|office) (?:hours|times)|hours",
        r"(?:are|r) (?:you|u|they|we|you guys) (?:\S+ )?(?:open|closed)|open|close|closed",
        r"when do(?:es)? (?:you|u|they|it|§n|the \S+) (?:open|close|work|start|finish)",
        "does §n work|do you work|is §n (?:in|working)|what days does|which days does",
        "days does §n work|when (?:is|are) §n (?:in|working)|opening times?",
    ),
    Act.PRICES: (
        "prices?|pricing|costs?|how much|fees?|charges?|charge|rates|price ?list",
        "how expensive|expensive|what do i pay|how long (?:is|does|are|do|will)",
        "what do you charge|tariffs?|what services|which services|what do you offer",
        "what can i book|services",
    ),
    Act.EARLIEST: (
        "earliest|soonest|asap|as soon as possible|as soon as you can|as early as possible",
        "first (?:available|free|possible|opening|slot|(?:thing|one|slot|time) you have)",
        "next (?:available|free|possible|opening|slot)|right now|right away|immediately",
        "straight away|urgent(?:ly)?|quickest|soon|now",
    ),
    Act.ANY_TIME: (
        "when ?ever|any ?time|any day|dont mind|do not mind|dont care|doesnt matter",
        "does not matter|no preference|im flexible|flexible|you choose|up to you|whatever",
    ),
    Act.LATER: (
        "later(?: (?:in the day|on|that day|times?|slots?|ones?))?|too early|more|next page",
        "show more|what else|anything else|other times|more times|more options|other options",
        "further|next ones|after that|next|others|show me more",
    ),
    Act.NEXT_DAY: (
        "(?:the |on the )?(?:next|following) day|the day after(?: that)?|a day later",
        "one day later",
    ),
    Act.EARLIER: (
        "earlier(?: (?:in the day|that day|times?|slots?|ones?))?|too late|sooner|previous",
        "before that|go back|back",
    ),
    Act.NONE_OF_THESE: (
        "none(?: of (?:these|those|them))?|neither|another (?:day|time|date)",
        "(?:a )?different (?:day|time|date)|some other (?:day|time)",
        "other (?:day|date|days|dates)|none works|not (?:good|suitable)",
        "(?:these|those) dont (?:work|suit)|nothing (?:fits|works|suits)",
        "none (?:fit|work|suit)",
    ),
    Act.NEXT_BOOKING: (
        "(?:my|the) next (?:appointment|booking|session|one|§n)",
        "next (?:appointment|booking|session)",
    ),
    Act.THE_ONE: (
        "the one|one (?:with|at|on)|ill take|i take|take|ill have|give me|that one",
        "the (?:slot|option) (?:with|at|on)|one|slot|option",
    ),
}
