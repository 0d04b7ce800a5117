"""How English puts dates, times and wishes. The order matters: what matches first is read first."""

from coachbot.chat.vocabulary.language import Act, Rule

YEAR = r"(?:,? (?P<year>\d{4}))?"
DAY = r"(?P<day>\d{1,2}(?:st|nd|rd|th)?|{ordinal})"
RAW = r"\d{1,2}(?::\d{2})?(?: ?(?:{half}|h))?"

RULES = (
    (Rule.BETWEEN, rf"(?:from|between) (?P<start>{RAW}) ?(?:to|and|until|till|-) ?(?P<end>{RAW})(?! {{month}})"),
    (Rule.ISO_DATE, r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    (Rule.CLOCK, r"(?<=at )(?P<hour>\d{1,2})\.(?P<minute>\d{2})(?: ?(?P<half>{half}))?"),
    (Rule.CLOCK, r"(?P<hour>\d{1,2})[.:](?P<minute>\d{2}) ?(?P<half>{half})"),
    (Rule.DAY_FIRST, r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?:\.(?P<year>\d{4}|\d{2}))?\.?"),
    (Rule.EITHER_FIRST, r"(?P<first>\d{1,2})/(?P<second>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?"),
    (Rule.EDGE, r"(?:the )?(?P<edge>{edge})[ -](?:of )?(?:the |this )?(?:(?P<next>next) )?"
                r"(?P<period>{period}|{month})"),
    (Rule.DAY_MONTH, rf"(?:the )?{DAY}(?: of)? (?P<month>{{month}}){YEAR}"),
    (Rule.DAY_MONTH, rf"(?P<month>{{month}}) (?:the )?{DAY}{YEAR}"),
    (Rule.BETWEEN, rf"(?P<start>{RAW}) ?(?:-|until|till) ?(?P<end>{RAW})"),
    (Rule.WEEK_OF_MONTH, r"(?:the )?(?P<ordinal>{ordinal}) (?:full )?week (?:of|in) "
                         r"(?P<month>{month})"),
    (Rule.WEEK_OF, r"(?:in |during )?(?:the )?week (?:of|from|starting|beginning|commencing) "
                   r"(?P<date>{date})"),
    (Rule.IN_COUNT, r"in (?P<count>{unit_minutes})(?: time)?"),
    (Rule.IN_COUNT, r"in (?P<count>{count}) (?P<unit>{unit})(?: time)?"),
    (Rule.IN_COUNT, r"(?P<count>{count}) (?P<unit>{unit}) from (?:now|today)"),
    (Rule.NEXT_COUNT, r"(?:(?:with)?in |over |during )?(?:the )?(?:next|coming) (?P<count>{count}) "
                      r"(?P<unit>{unit})"),
    (Rule.NEXT_COUNT, r"within (?P<count>{count}) (?P<unit>{unit})"),
    (Rule.WEEK_AFTER, r"(?:a|one) week (?:on|from) (?P<weekday>{weekday})"),
    (Rule.WEEK_AFTER, r"(?P<weekday>{weekday}) week"),
    (Rule.DURATION, r"(?P<count>{unit_minutes})"),
    (Rule.DURATION, r"(?P<count>\d+(?:[.,]\d)?|{count})[ -]?(?P<unit>{unit})(?: long)?"),
    (Rule.CLOCK_PAST, r"(?:a )?(?P<minute>{fraction}|{number}|\d{1,2})(?: minutes)? past "
                      r"(?P<hour>{hour})"),
    (Rule.CLOCK_PAST, r"(?P<minute>half) (?P<hour>{hour})"),
    (Rule.CLOCK_TO, r"(?:a )?(?P<minute>{fraction}|(?:five|ten|twenty|twenty five|5|10|20|25)"
                    r"(?: minutes)?) (?:to|before|til) (?P<hour>{hour})"),
    (Rule.CLOCK, r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))? ?(?P<half>{half})"),
    (Rule.CLOCK, r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?: h| hrs| hours| oclock)?"),
    (Rule.CLOCK, r"(?P<hour>{hour}) (?:o clock|oclock|uhr)(?: (?P<half>{half}))?"),
    (Rule.CLOCK, r"(?P<hour>{hour}) (?P<minute>fifteen|twenty|thirty|forty|forty five|fifty)"
                 r"(?: ?(?P<half>{half}))?"),
    (Rule.CLOCK, r"(?P<hour>{hour}) (?P<half>{half})"),
    (Rule.CLOCK, r"(?:(?<=at )|(?<=after )|(?<=before )|(?<=around ))"
                 r"(?P<hour>[0-2]\d)(?P<minute>[0-5]\d)"),
    (Rule.NOON, r"(?:12 )?(?:noon|midday|mid day)"),
    (Rule.MIDNIGHT, r"midnight"),
    (Rule.DAY_WORD, r"(?P<word>{day_word})"),
    (Rule.NEXT_PERIOD, r"(?:the )?(?:next|following) (?P<period>{period})"),
    (Rule.PERIOD, r"(?:(?:this|the|coming|current|rest of the|rest of this) )?(?P<period>{period})"),
    (Rule.WORKDAYS, r"(?:week ?days?|working days?|work ?days?)"),
    (Rule.NEXT_WEEKDAY, r"next (?:weeks )?(?P<weekday>{weekday})"),
    (Rule.NEXT_WEEKDAY, r"(?P<weekday>{weekday}) next week"),
    (Rule.LAST_WEEKDAY, r"last (?P<weekday>{weekday})"),
    (Rule.THIS_WEEKDAY, r"(?:this|coming|this coming|the coming) (?P<weekday>{weekday})"),
    (Rule.WEEKDAY, r"(?:the )?(?P<weekday>{weekday})s?"),
    (Rule.THE_DAY, r"(?:the )?(?P<day>\d{1,2}(?:st|nd|rd|th))(?! (?:one|option|slot))"),
    (Rule.MONTH, r"(?:in|during|for|this|next|of|around) (?P<month>{month})"),
    (Rule.MONTH, r"(?P<month>{clear_month})"),
    (Rule.RANGE, r"between (?P<first>{date}) and (?P<second>{date})"),
    (Rule.ALTERNATIVES, r"(?P<first>{date}) (?:or|and|and on|or on|and the|or the)? ?(?P<second>{date})"),
    (Rule.RANGE, r"(?:from |between )?(?P<first>{date}) ?(?:to|until|till|through|thru|-) ?"
                 r"(?P<second>{date})"),
    (Rule.FROM_DAY, r"(?:from|starting|as of) (?P<date>{date})(?: on| onwards?)?"),
    (Rule.FROM_DAY, r"(?P<date>{date}) (?:or later|onwards?)"),
    (Rule.AFTER_DAY, r"(?:any ?time |any day )?(?:after|later than) (?P<date>{date})"),
    (Rule.BEFORE_DAY, r"(?:any ?time |any day )?(?:before|earlier than) (?P<date>{date})"),
    (Rule.UNTIL_DAY, r"(?:until|till|by|no later than|not later than|up to) (?P<date>{date})"),
    (Rule.CLOCK_BY_PART, r"(?P<clock>{clock}) (?:in the |at |oclock in the )(?P<part>{part})"),
    (Rule.BETWEEN, r"(?:from|between) (?P<start>{clock}) (?:to|and|until|till|-) (?P<end>{clock})"),
    (Rule.BETWEEN, r"(?P<start>{clock}) ?(?:to|until|till|-) ?(?P<end>{clock})"),
    (Rule.AROUND, r"(?:at )?(?:around|about|approximately|roughly|circa|ca|near|somewhere around|"
                  r"sometime around) (?P<clock>{clock})"),
    (Rule.AROUND, r"(?:at )?(?P<clock>{clock}) ?(?:ish|or so|or thereabouts)"),
    (Rule.AFTER, r"(?:any ?time )?(?:after|from|past|later than|not before|no earlier than|since) "
                 r"(?P<clock>{clock})(?: on| onwards?)?"),
    (Rule.AFTER, r"(?P<clock>{clock}) (?:or later|onwards?|or after)"),
    (Rule.BEFORE, r"(?:any ?time )?(?:before|until|till|by|earlier than|not after|no later than|"
                  r"up to) (?P<clock>{clock})"),
    (Rule.BEFORE, r"(?P<clock>{clock}) (?:or earlier|at the latest)"),
    (Rule.AT, r"(?:at|@|for) (?P<clock>{clock})(?! (?:people|persons|of us|adults|times|weeks|days))"),
    (Rule.AT, r"(?<=§d\d )(?P<clock>\d{1,2})"),
    (Rule.AT, r"(?P<clock>§c\d)"),
    (Rule.PART, r"(?:(?:at|around|over|during|this|in the|in|on) )?(?:(?P<edge>early|late|mid)[ -])?"
                r"(?P<part>{part})"),
)  # fmt: skip

PHRASES = {
    Act.YES: (
        "yes|yep|yeah|yup|ya|yea|aye|sure|ok|okay|okey|okie|k|correct|right|exactly|confirm(?:ed)?|"
        "absolutely|definitely|of course|certainly|go ahead|do it|do that|sounds good|"
        "works for me|that works|go on|yes do|sure thing|looks good|perfect|please do|go for it|fine|y|affirmative|"
        "thats right|thats fine",
    ),
    Act.NO: (
        "no|nope|nah|nay|n|dont|do not|not that|not now|no way|never|wrong|leave it|keep it|"
        "rather not|better not|id rather not|not yet|negative",
    ),
    Act.NOT: (r"(?:dont|do not|never|not|wont|please dont|didnt|did not|without)",),
    Act.DOUBT: (
        "maybe|perhaps|possibly|wait|hold on|hang on|hmm+|but|if|unless|i think|guess|probably|"
        "later",
    ),
    Act.UNSURE: (
        "not sure|dunno|(?:dont|do not) know|no idea|let me (?:think|check|see)|undecided|"
        "(?:cant|cannot) decide|not certain",
    ),
    Act.STOP: (
        "stop|never ?mind|nvm|forget it|forget about it|quit|exit|abort|leave it|no thanks|"
        "no thank you|nothing|not interested|cancel that|drop it|let it be|thats all",
    ),
    Act.START_OVER: (
        "start over|start again|start anew|start afresh|restart|reset|begin again|new search|"
        "forget everything|from scratch|from the beginning|from the top",
    ),
    Act.HELP: (
        "help|help me|what can (?:you|u|i) (?:do|ask|say)|how does (?:this|it) work|"
        "what do you do|who are you|what are you|how do i use (?:this|you)|options|commands|menu|"
        "instructions for use|are you (?:a |an )?(?:bot|human|robot|real)|"
        "what are my options|im lost|how do i (?:book|cancel|move|reschedule)",
    ),
    Act.GREETING: (
        "hello|hi|hey|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings|yo|hallo|"
        "hi there|hello there|hey there|whats up|sup|how are you",
    ),
    Act.THANKS: ("thanks|thank you|thx|ty|cheers|thank u|many thanks|thanks a lot|much appreciated",),
    Act.GOODBYE: ("bye|goodbye|bye bye|see ya|cya|ciao|good night|take care|later gator",),
    Act.BOOK: (
        "book(?: me)?(?: in)?|reserve|schedule|sign me up|make (?:an? |me )?(?:new )?"
        "(?:appointment|booking|reservation)|arrange|set up|put me down|get me|"
        "(?:i |id |we )?(?:need|want|would like|like|wanna have|d like)(?: to (?:have|get|book|make))?"
        " (?:an?|the|some|my|another|to see|to come)|can i (?:get|have|book|come|make)|"
        "could i (?:get|have|book|come|make)|may i (?:get|have|book)|ill have|ill take|"
        "(?:new|another) (?:appointment|booking)|fit me in|squeeze me in|"
        "(?:i |id |we )?(?:need|want|would like|like|d like) §n",
    ),
    Act.LOOK: (
        "free|available|availability|availabilities|opening|openings|vacancy|vacancies|slots?|"
        "any(?:one|body|thing)|some(?:one|body)|who(?: is| can|s)?|when can|when could|"
        "is there|are there|do you have|have you got|got any|find|search|look(?:ing)? for|"
        "show me (?:times|slots)|times|space|can i see|can i come|see §n|whats open|"
        "what (?:times|slots|appointments)|does §n have|has §n got|can §n|could §n|is §n|"
        "appointments? with|possible",
    ),
    Act.LIST: (
        r"my (?:\S+ ){0,2}(?:bookings?|appointments?|sessions|reservations?|schedule|calendar)",
        "what (?:do|did) i (?:have|book)|do i have|have i got|when (?:is|are|do i have) (?:my|the "
        "next)|whens my|am i booked|what have i booked|did i book|show (?:my|me my)|what time is my|"
        "whats my next|(?:my|the) (?:next|upcoming) (?:appointment|booking|session)|"
        "where is my (?:appointment|booking)|my bookings?|upcoming (?:appointments|bookings)|"
        "remind me|when my|(?:list|show|see|check|view) (?:all )?(?:my |the )?(?:bookings|appointments)|"
        "bookings|(?<!.)appointments(?!.)|what am i booked for|is my (?:appointment|booking)",
    ),
    Act.MOVE: (
        "move|switch|bump|transfer|adjust|reschedule|rebook|postpone|push(?: back)?|shift|bring forward|rearrange|delay|"
        "put off|swap|change (?:my|the|it|booking|appointment|§r\\d|to|that)|"
        "(?:appointment|booking|session|§n) (?:\\S+ ){0,4}instead|"
        "(?:another|different|new|earlier|later) (?:time|day|date|slot) for my|make it .* instead",
    ),
    Act.CANCEL: (
        "cancel(?:led|ling|ation)?|call off|delete|remove|scrap|drop my|get rid of|"
        "(?:cant|cannot|can not|wont|will not|not able to|unable to) (?:make|come|attend|be there)"
        "(?: it)?|call (?:it|that|my \\S+) off|wont be able|undo",
    ),
    Act.HOURS: (
        "(?:opening|business|working|office) (?:hours|times)|hours|(?:are|r) (?:you|u|they|we|"
        "you guys) (?:\\S+ )?(?:open|closed)|open|close|closed|when do(?:es)? "
        "(?:you|u|they|it|§n|the \\S+) (?:open|close|work|start|finish)|does §n work|"
        "do you work|is §n (?:in|working)|what days does|which days does|days does §n work|"
        "when (?:is|are) §n (?:in|working)|opening times?",
    ),
    Act.PRICES: (
        "prices?|pricing|costs?|how much|fees?|charges?|charge|rates|price ?list|how expensive|"
        "expensive|what do i pay|how long (?:is|does|are|do|will)|what do you charge|tariffs?|"
        "what services|which services|what do you offer|what can i book|services",
    ),
    Act.EARLIEST: (
        "earliest|soonest|asap|as soon as possible|as soon as you can|as early as possible|first "
        "(?:available|free|possible|opening|slot|(?:thing|one|slot|time) you have)|next (?:available|free|possible|opening|slot)|right now|"
        "right away|immediately|straight away|urgent(?:ly)?|quickest|soon|now",
    ),
    Act.ANY_TIME: (
        "when ?ever|any ?time|any day|dont mind|do not mind|dont care|doesnt matter|"
        "does not matter|no preference|im flexible|flexible|you choose|up to you|whatever",
    ),
    Act.LATER: (
        "later(?: (?:in the day|on|that day|times?|slots?|ones?))?|too early|more|next page|show more|what else|anything else|other times|more times|"
        "more options|other options|further|next ones|after that|next|others|show me more",
    ),
    Act.NEXT_DAY: (
        "(?:the |on the )?(?:next|following) day|the day after(?: that)?|a day later|"
        "one day later",
    ),
    Act.EARLIER: ("earlier(?: (?:in the day|that day|times?|slots?|ones?))?|too late|sooner|previous|before that|go back|back",),
    Act.NONE_OF_THESE: (
        "none(?: of (?:these|those|them))?|neither|another (?:day|time|date)|(?:a )?different "
        "(?:day|time|date)|some other (?:day|time)|other (?:day|date|days|dates)|"
        "none works|not (?:good|suitable)|(?:these|those) dont (?:work|suit)|"
        "nothing (?:fits|works|suits)|none (?:fit|work|suit)",
    ),
    Act.NEXT_BOOKING: (
        "(?:my|the) next (?:appointment|booking|session|one|§n)|next (?:appointment|booking|session)",
    ),
    Act.THE_ONE: (
        "the one|one (?:with|at|on)|ill take|i take|take|ill have|give me|that one|"
        "the (?:slot|option) (?:with|at|on)|one|slot|option",
    ),
}  # fmt: skip
PICKS = (
    r"(?:#|number|option|no|nr|num|slot|choice) ?(?P<count>{count})",
    r"(?:the )?(?P<ordinal>{ordinal}|\d{1,2}(?:st|nd|rd|th))(?: (?:one|option|slot|time|booking|"
    r"appointment|choice))?",
    r"(?P<count>\d{1,2}|{number})\)?",
)
