/** Given names that one person may go by, folded: English ones, then German ones. A name may stand in several lines. */
const groups = `
william will bill billy willy liam
robert rob bob bobby robbie bert
richard rich rick ricky dick
james jim jimmy jamie
john jack johnny jon
jonathan jon jonny nathan
joseph joe joey
michael mike mick mikey micky
thomas tom tommy
charles charlie chuck charly
edward ed eddie ted ned teddy
henry harry hank
harold harry hal
daniel dan danny
david dave davey
matthew matt
anthony tony antony
andrew andy drew
christopher chris kit topher
christian chris
christine christina chris tina
steven stephen steve
benjamin ben benny
samuel sam sammy
samantha sam sammy
alexander alex sandy lex sascha
alexandra alex sandra sandy sascha
nicholas nicolas nick nico
patrick pat paddy
patricia pat patty trish tricia
peter pete
philip phillip phil
ronald ron ronnie
donald don donnie
kenneth ken kenny
lawrence laurence larry
leonard len lenny leo
frederick fred freddie freddy
gregory greg
geoffrey jeffrey jeff geoff
gerald jerry gerry
timothy tim timmy
theodore ted theo teddy
walter walt wally
vincent vince vinny
zachary zach zack
joshua josh
jacob jake
isaac ike
elizabeth liz lizzie beth betty eliza lisa elisabeth
catherine katherine kathryn kate kathy cathy katie kitty
margaret maggie meg peggy marge rita
mary molly polly marie
susan sue susie suzie susanne susanna
barbara barb babs
deborah debbie deb debra
jennifer jen jenny
jessica jess jessie
rebecca becky becca
victoria vicky tori vicki
dorothy dot dolly dottie
eleanor ellie nell nora
frances fran francesca
isabella isabelle bella izzy isabel
abigail abby gail
amanda mandy
pamela pam
penelope penny
judith judy judi
theresa teresa terry tess
virginia ginny
sarah sara sally sadie
charlotte charlie lottie lotte
olivia liv livvy
emily emma em
madeline madeleine maddie maddy
johannes hans johann hannes jo
johanna hanna hannah jo
josef sepp joseph jupp beppo
franz francis franzl
franziska franzi sissi ziska
katharina kathrin katrin katja kathi kaethe
margarete margarethe grete gretel greta margit rita
elisabeth elli lisa liesel lisbeth sissi else elsa betti
friedrich fritz fred
wilhelm willi willy helm
heinrich heinz heiner henrik
ludwig lutz luis wiggerl
georg schorsch joerg juergen
matthias mathias matze hias
sebastian basti bastian wastl
maximilian max maxi
dominik dominic nik
nikolaus klaus nico niko
andreas andi andy anderl
thomas tommi thomi
michael michi michel
stefan stephan steffen
stefanie stephanie steffi
susanne susi sanne
gabriele gabi gaby
angelika angie geli
brigitte gitte gitta biggi
ursula uschi ulla
christiane christine christa chrissi
magdalena lena magda leni
helene lena leni helen
theresia resi therese theresa
anneliese anne liesel
annemarie anne anna annmarie
ulrich uli ulli
ulrike uli ulli rike
manfred manni fred
siegfried siggi sigi
gerhard gerd gert
bernhard bernd berni
eberhard hardy ebi
reinhard hardy reini
rudolf rudi rolf
karl carl charly
konstantin konsti constantin
valentin vale tino
viktoria vicky vicki victoria
jakob jacob jake
philipp philip phil
rafael raphael raffi
`;

const groupsOf = new Map<string, number[]>();
groups
  .trim()
  .split("\n")
  .forEach((line, group) => {
    for (const name of line.split(" ")) {
      const list = groupsOf.get(name);
      if (list) list.push(group);
      else groupsOf.set(name, [group]);
    }
  });

/** Whether one person may go by both names. Takes folded names. */
export function areNicknames(a: string, b: string): boolean {
  const [ofA, ofB] = [groupsOf.get(a), groupsOf.get(b)];
  return ofA !== undefined && ofB !== undefined && ofA.some((group) => ofB.includes(group));
}
