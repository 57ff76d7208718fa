"""Words that occur in logs and are also surnames: redaction masks them only where a name is expected.

The most frequent English words, months and days, and the words of this project, Prefect, Python, HTTP and
databases. Not every English word: one that occurs in no log ("baker") can be masked everywhere.
"""

COMMON_WORDS = frozenset(
    # A string, since a list of a thousand literals is hard to read.
    """
    a able about above accept access account across act action active activity add added address after again against
    age ago agent ahead all alone along already also always am amount an and another answer any api app apply are
    area argument around art as ask at attempt available average away back bad bank bar base batch be bean became
    because become been before began begin behind being bell below best better between big bill bit black blank block
    blue board body book bond both bottom box branch break bridge bright bring brief broad broken browser buffer build
    built bulk burst busy but buy by byte call came can cannot card care carry case cases cash catch cause cell center
    chance change channel charge chart chase check child choice church claim class clay clean clear client clock close
    cloud code coin cold color column come command comment commit common complete config connect context control cook
    copy core corner correct cost could count counter court cover create cross crown current cut daily dash data date
    dates day days dead deal dear death debug decide deep default delay delete deliver depth desk detail did different
    direct disk do document does dollar done door double doubt down draft draw drive driver drop dry due duke dump
    during each early ease east easy edge edit effect else empty end engine enough enter entry equal error even event
    ever every exact except exit expect extra face fact fail failed fair faith false far fast fault feature few field
    fields file files fill filter final find fine finish fire firm first fit five fix flag flat flow flows folder
    follow food for force ford form format forward found four frame free fresh friend from front frost full function
    future gap gate gave general get gift give given go goal gold gone good goods got grace grand grant gray great
    green group grow guess guest had half hall hand handle hands happy hard has hash have he head header health heap
    heard heart held help her here high hill him his hold hole home hook hope host hour hours house how huge human
    hundred i id idea idle if image import in inbox inch index info init inner input insert inside instance int into
    invoice io is issue it item its job join judge july june august april march just keep kept key keys kill kind king
    know known label lack land lane large last late later law laws lay layer lead lease leave led left less let letter
    level levy levies library life light like limit line lines link list listen lists little live load local lock log
    logger long look loop loss lost lot love low lower made mail main major make man manager many map mark marker
    market marks mask master match matched may mean means meet memory menu merge message met method middle might mile
    mill mind mine minor minute miss missing mode model module moment money month months moon more most mount move
    much must name names near need net never new news next nice night nine no noble node none noon nor normal north
    not note notes nothing notice notices now null number object of off offer office officer offset often old on once
    one only open option or orange order other our out outcome over own owner pace pack package page pages paid pair
    panel paper parent park part parts party pass past patch path paths pause pay peace peak peer pending people per
    period person phase phone pick piece pin pipe place plain plan play please point pool poor pope port position post
    pot pound power preflight press price prime print prior priority private probe process profile progress project
    proof public pull pure purge push put queue quick quiet quota race rack raise ran range rank rate raw reach read
    reader ready real reason record red redacted refuse region reject release remote remove render repeat reply report
    request reset resource response rest result resume retry return review rich ride right ring rise risk road rock
    role room root rose round route row rows rule rules run runner runs rush safe said sale sales same sample save saw
    say scan scratch seal search season second seconds section see seek seem seen select self sell send sense sent
    series serve server service session sessions set seven several shade shape share sharp she sheet shell shift ship
    shop short should show shut side sides sign signal silver simple since single site six size skip sleep slot slots
    slow small snow so socket soft some son song soon sort source south space spare spark speak special speed spend
    split spring stack stage stamp stand star stark start state states status stay steel step steps still stone stop
    store storm story strange stream street string strong style subject success such sum summary summer sun super
    support sure sweet swift switch sync system table tag tail take taken target task tasks tax team tell temp ten
    term test tests text than thank that the their them then there these they thing things think third this thread
    three through time timeout times tiny to today together token told too took tool top total touch toward trace
    track transfer transient tree trial true trust try turn twin two type types under union unit unknown unless until
    up update upload upper us use used user usual value values vary version very via view visit wait walk wall walls
    want warm warn warning was watch water waters wave way ways we weak web week weeks well wells were west what when
    where which while white who whole why wide wild will win wind window winter wire wise with within without wolf
    wood woods word words work worker world worth would write wrong year years yellow yes yet young your zero zip zone
    monday tuesday wednesday thursday friday saturday sunday january february september october november december
    connection connected database json http https html url uri host tcp tls ssl sql sqlite postgres python prefect
    traceback exception valueerror keyerror typeerror logging debug critical deployment artifact artifacts retries
    automated underreporter proposed balance taxpayer spouse surname firstname lastname ssn irs aur cp unmatched
    """.split()  # noqa: SIM905 - see above
)
# Shorter words do not identify a person by themselves.
SHORTEST = 3


def is_common_word(word: str) -> bool:
    """Return whether a word, given in lower case, does not identify a person by itself."""
    return len(word) < SHORTEST or word in COMMON_WORDS
