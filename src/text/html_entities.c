/*
 * The named character references of HTML: the names are those of the HTML
 * Living Standard, section 13.5, in the order of their octets.
 */
#include "text/html_entities.h"

#include <string.h>

enum { N_NAMES = 2125, MAX_OLD = 6 };

/* Each name, NUL, what it stands for, NUL; and where each begins. */
static const char names[] =
	"AElig\0Æ\0AMP\0&\0Aacute\0Á\0Abreve\0Ă\0Acirc\0Â\0Acy\0А\0"
	"Afr\0𝔄\0Agrave\0À\0Alpha\0Α\0Amacr\0Ā\0And\0⩓\0Aogon\0Ą\0"
	"Aopf\0𝔸\0ApplyFunction\0\342\201\241\0Aring\0Å\0Ascr\0𝒜\0"
	"Assign\0≔\0Atilde\0Ã\0Auml\0Ä\0Backslash\0∖\0Barv\0⫧\0"
	"Barwed\0⌆\0Bcy\0Б\0Because\0∵\0Bernoullis\0ℬ\0Beta\0Β\0"
	"Bfr\0𝔅\0Bopf\0𝔹\0Breve\0˘\0Bscr\0ℬ\0Bumpeq\0≎\0CHcy\0Ч\0"
	"COPY\0©\0Cacute\0Ć\0Cap\0⋒\0CapitalDifferentialD\0ⅅ\0"
	"Cayleys\0ℭ\0Ccaron\0Č\0Ccedil\0Ç\0Ccirc\0Ĉ\0Cconint\0∰\0"
	"Cdot\0Ċ\0Cedilla\0¸\0CenterDot\0·\0Cfr\0ℭ\0Chi\0Χ\0"
	"CircleDot\0⊙\0CircleMinus\0⊖\0CirclePlus\0⊕\0CircleTimes\0⊗\0"
	"ClockwiseContourIntegral\0∲\0CloseCurlyDoubleQuote\0”\0"
	"CloseCurlyQuote\0’\0Colon\0∷\0Colone\0⩴\0Congruent\0≡\0"
	"Conint\0∯\0ContourIntegral\0∮\0Copf\0ℂ\0Coproduct\0∐\0"
	"CounterClockwiseContourIntegral\0∳\0Cross\0⨯\0Cscr\0𝒞\0"
	"Cup\0⋓\0CupCap\0≍\0DD\0ⅅ\0DDotrahd\0⤑\0DJcy\0Ђ\0DScy\0Ѕ\0"
	"DZcy\0Џ\0Dagger\0‡\0Darr\0↡\0Dashv\0⫤\0Dcaron\0Ď\0Dcy\0Д\0"
	"Del\0∇\0Delta\0Δ\0Dfr\0𝔇\0DiacriticalAcute\0´\0"
	"DiacriticalDot\0˙\0DiacriticalDoubleAcute\0˝\0DiacriticalGrave\0`\0"
	"DiacriticalTilde\0˜\0Diamond\0⋄\0DifferentialD\0ⅆ\0Dopf\0𝔻\0"
	"Dot\0¨\0DotDot\0\342\203\234\0DotEqual\0≐\0"
	"DoubleContourIntegral\0∯\0DoubleDot\0¨\0DoubleDownArrow\0⇓\0"
	"DoubleLeftArrow\0⇐\0DoubleLeftRightArrow\0⇔\0DoubleLeftTee\0⫤\0"
	"DoubleLongLeftArrow\0⟸\0DoubleLongLeftRightArrow\0⟺\0"
	"DoubleLongRightArrow\0⟹\0DoubleRightArrow\0⇒\0"
	"DoubleRightTee\0⊨\0DoubleUpArrow\0⇑\0DoubleUpDownArrow\0⇕\0"
	"DoubleVerticalBar\0∥\0DownArrow\0↓\0DownArrowBar\0⤓\0"
	"DownArrowUpArrow\0⇵\0DownBreve\0\314\221\0"
	"DownLeftRightVector\0⥐\0DownLeftTeeVector\0⥞\0"
	"DownLeftVector\0↽\0DownLeftVectorBar\0⥖\0"
	"DownRightTeeVector\0⥟\0DownRightVector\0⇁\0"
	"DownRightVectorBar\0⥗\0DownTee\0⊤\0DownTeeArrow\0↧\0"
	"Downarrow\0⇓\0Dscr\0𝒟\0Dstrok\0Đ\0ENG\0Ŋ\0ETH\0Ð\0"
	"Eacute\0É\0Ecaron\0Ě\0Ecirc\0Ê\0Ecy\0Э\0Edot\0Ė\0Efr\0𝔈\0"
	"Egrave\0È\0Element\0∈\0Emacr\0Ē\0EmptySmallSquare\0◻\0"
	"EmptyVerySmallSquare\0▫\0Eogon\0Ę\0Eopf\0𝔼\0Epsilon\0Ε\0"
	"Equal\0⩵\0EqualTilde\0≂\0Equilibrium\0⇌\0Escr\0ℰ\0Esim\0⩳\0"
	"Eta\0Η\0Euml\0Ë\0Exists\0∃\0ExponentialE\0ⅇ\0Fcy\0Ф\0"
	"Ffr\0𝔉\0FilledSmallSquare\0◼\0FilledVerySmallSquare\0▪\0"
	"Fopf\0𝔽\0ForAll\0∀\0Fouriertrf\0ℱ\0Fscr\0ℱ\0GJcy\0Ѓ\0"
	"GT\0>\0Gamma\0Γ\0Gammad\0Ϝ\0Gbreve\0Ğ\0Gcedil\0Ģ\0Gcirc\0Ĝ\0"
	"Gcy\0Г\0Gdot\0Ġ\0Gfr\0𝔊\0Gg\0⋙\0Gopf\0𝔾\0"
	"GreaterEqual\0≥\0GreaterEqualLess\0⋛\0GreaterFullEqual\0≧\0"
	"GreaterGreater\0⪢\0GreaterLess\0≷\0GreaterSlantEqual\0⩾\0"
	"GreaterTilde\0≳\0Gscr\0𝒢\0Gt\0≫\0HARDcy\0Ъ\0Hacek\0ˇ\0"
	"Hat\0^\0Hcirc\0Ĥ\0Hfr\0ℌ\0HilbertSpace\0ℋ\0Hopf\0ℍ\0"
	"HorizontalLine\0─\0Hscr\0ℋ\0Hstrok\0Ħ\0HumpDownHump\0≎\0"
	"HumpEqual\0≏\0IEcy\0Е\0IJlig\0Ĳ\0IOcy\0Ё\0Iacute\0Í\0"
	"Icirc\0Î\0Icy\0И\0Idot\0İ\0Ifr\0ℑ\0Igrave\0Ì\0Im\0ℑ\0"
	"Imacr\0Ī\0ImaginaryI\0ⅈ\0Implies\0⇒\0Int\0∬\0Integral\0∫\0"
	"Intersection\0⋂\0InvisibleComma\0\342\201\243\0"
	"InvisibleTimes\0\342\201\242\0Iogon\0Į\0Iopf\0𝕀\0Iota\0Ι\0"
	"Iscr\0ℐ\0Itilde\0Ĩ\0Iukcy\0І\0Iuml\0Ï\0Jcirc\0Ĵ\0Jcy\0Й\0"
	"Jfr\0𝔍\0Jopf\0𝕁\0Jscr\0𝒥\0Jsercy\0Ј\0Jukcy\0Є\0KHcy\0Х\0"
	"KJcy\0Ќ\0Kappa\0Κ\0Kcedil\0Ķ\0Kcy\0К\0Kfr\0𝔎\0Kopf\0𝕂\0"
	"Kscr\0𝒦\0LJcy\0Љ\0LT\0<\0Lacute\0Ĺ\0Lambda\0Λ\0Lang\0⟪\0"
	"Laplacetrf\0ℒ\0Larr\0↞\0Lcaron\0Ľ\0Lcedil\0Ļ\0Lcy\0Л\0"
	"LeftAngleBracket\0⟨\0LeftArrow\0←\0LeftArrowBar\0⇤\0"
	"LeftArrowRightArrow\0⇆\0LeftCeiling\0⌈\0LeftDoubleBracket\0⟦\0"
	"LeftDownTeeVector\0⥡\0LeftDownVector\0⇃\0LeftDownVectorBar\0⥙\0"
	"LeftFloor\0⌊\0LeftRightArrow\0↔\0LeftRightVector\0⥎\0"
	"LeftTee\0⊣\0LeftTeeArrow\0↤\0LeftTeeVector\0⥚\0"
	"LeftTriangle\0⊲\0LeftTriangleBar\0⧏\0LeftTriangleEqual\0⊴\0"
	"LeftUpDownVector\0⥑\0LeftUpTeeVector\0⥠\0LeftUpVector\0↿\0"
	"LeftUpVectorBar\0⥘\0LeftVector\0↼\0LeftVectorBar\0⥒\0"
	"Leftarrow\0⇐\0Leftrightarrow\0⇔\0LessEqualGreater\0⋚\0"
	"LessFullEqual\0≦\0LessGreater\0≶\0LessLess\0⪡\0"
	"LessSlantEqual\0⩽\0LessTilde\0≲\0Lfr\0𝔏\0Ll\0⋘\0"
	"Lleftarrow\0⇚\0Lmidot\0Ŀ\0LongLeftArrow\0⟵\0"
	"LongLeftRightArrow\0⟷\0LongRightArrow\0⟶\0Longleftarrow\0⟸\0"
	"Longleftrightarrow\0⟺\0Longrightarrow\0⟹\0Lopf\0𝕃\0"
	"LowerLeftArrow\0↙\0LowerRightArrow\0↘\0Lscr\0ℒ\0Lsh\0↰\0"
	"Lstrok\0Ł\0Lt\0≪\0Map\0⤅\0Mcy\0М\0MediumSpace\0\342\201\237\0"
	"Mellintrf\0ℳ\0Mfr\0𝔐\0MinusPlus\0∓\0Mopf\0𝕄\0Mscr\0ℳ\0"
	"Mu\0Μ\0NJcy\0Њ\0Nacute\0Ń\0Ncaron\0Ň\0Ncedil\0Ņ\0Ncy\0Н\0"
	"NegativeMediumSpace\0\342\200\213\0NegativeThickSpace\0\342\200\213\0"
	"NegativeThinSpace\0\342\200\213\0"
	"NegativeVeryThinSpace\0\342\200\213\0NestedGreaterGreater\0≫\0"
	"NestedLessLess\0≪\0NewLine\0\012\0Nfr\0𝔑\0"
	"NoBreak\0\342\201\240\0NonBreakingSpace\0\302\240\0Nopf\0ℕ\0"
	"Not\0⫬\0NotCongruent\0≢\0NotCupCap\0≭\0"
	"NotDoubleVerticalBar\0∦\0NotElement\0∉\0NotEqual\0≠\0"
	"NotEqualTilde\0≂\314\270\0NotExists\0∄\0NotGreater\0≯\0"
	"NotGreaterEqual\0≱\0NotGreaterFullEqual\0≧\314\270\0"
	"NotGreaterGreater\0≫\314\270\0NotGreaterLess\0≹\0"
	"NotGreaterSlantEqual\0⩾\314\270\0NotGreaterTilde\0≵\0"
	"NotHumpDownHump\0≎\314\270\0NotHumpEqual\0≏\314\270\0"
	"NotLeftTriangle\0⋪\0NotLeftTriangleBar\0⧏\314\270\0"
	"NotLeftTriangleEqual\0⋬\0NotLess\0≮\0NotLessEqual\0≰\0"
	"NotLessGreater\0≸\0NotLessLess\0≪\314\270\0"
	"NotLessSlantEqual\0⩽\314\270\0NotLessTilde\0≴\0"
	"NotNestedGreaterGreater\0⪢\314\270\0"
	"NotNestedLessLess\0⪡\314\270\0NotPrecedes\0⊀\0"
	"NotPrecedesEqual\0⪯\314\270\0NotPrecedesSlantEqual\0⋠\0"
	"NotReverseElement\0∌\0NotRightTriangle\0⋫\0"
	"NotRightTriangleBar\0⧐\314\270\0NotRightTriangleEqual\0⋭\0"
	"NotSquareSubset\0⊏\314\270\0NotSquareSubsetEqual\0⋢\0"
	"NotSquareSuperset\0⊐\314\270\0NotSquareSupersetEqual\0⋣\0"
	"NotSubset\0⊂\342\203\222\0NotSubsetEqual\0⊈\0NotSucceeds\0⊁\0"
	"NotSucceedsEqual\0⪰\314\270\0NotSucceedsSlantEqual\0⋡\0"
	"NotSucceedsTilde\0≿\314\270\0NotSuperset\0⊃\342\203\222\0"
	"NotSupersetEqual\0⊉\0NotTilde\0≁\0NotTildeEqual\0≄\0"
	"NotTildeFullEqual\0≇\0NotTildeTilde\0≉\0NotVerticalBar\0∤\0"
	"Nscr\0𝒩\0Ntilde\0Ñ\0Nu\0Ν\0OElig\0Œ\0Oacute\0Ó\0Ocirc\0Ô\0"
	"Ocy\0О\0Odblac\0Ő\0Ofr\0𝔒\0Ograve\0Ò\0Omacr\0Ō\0Omega\0Ω\0"
	"Omicron\0Ο\0Oopf\0𝕆\0OpenCurlyDoubleQuote\0“\0"
	"OpenCurlyQuote\0‘\0Or\0⩔\0Oscr\0𝒪\0Oslash\0Ø\0Otilde\0Õ\0"
	"Otimes\0⨷\0Ouml\0Ö\0OverBar\0‾\0OverBrace\0⏞\0"
	"OverBracket\0⎴\0OverParenthesis\0⏜\0PartialD\0∂\0Pcy\0П\0"
	"Pfr\0𝔓\0Phi\0Φ\0Pi\0Π\0PlusMinus\0±\0Poincareplane\0ℌ\0"
	"Popf\0ℙ\0Pr\0⪻\0Precedes\0≺\0PrecedesEqual\0⪯\0"
	"PrecedesSlantEqual\0≼\0PrecedesTilde\0≾\0Prime\0″\0"
	"Product\0∏\0Proportion\0∷\0Proportional\0∝\0Pscr\0𝒫\0"
	"Psi\0Ψ\0QUOT\0\042\0Qfr\0𝔔\0Qopf\0ℚ\0Qscr\0𝒬\0RBarr\0⤐\0"
	"REG\0®\0Racute\0Ŕ\0Rang\0⟫\0Rarr\0↠\0Rarrtl\0⤖\0Rcaron\0Ř\0"
	"Rcedil\0Ŗ\0Rcy\0Р\0Re\0ℜ\0ReverseElement\0∋\0"
	"ReverseEquilibrium\0⇋\0ReverseUpEquilibrium\0⥯\0Rfr\0ℜ\0"
	"Rho\0Ρ\0RightAngleBracket\0⟩\0RightArrow\0→\0"
	"RightArrowBar\0⇥\0RightArrowLeftArrow\0⇄\0RightCeiling\0⌉\0"
	"RightDoubleBracket\0⟧\0RightDownTeeVector\0⥝\0"
	"RightDownVector\0⇂\0RightDownVectorBar\0⥕\0RightFloor\0⌋\0"
	"RightTee\0⊢\0RightTeeArrow\0↦\0RightTeeVector\0⥛\0"
	"RightTriangle\0⊳\0RightTriangleBar\0⧐\0RightTriangleEqual\0⊵\0"
	"RightUpDownVector\0⥏\0RightUpTeeVector\0⥜\0RightUpVector\0↾\0"
	"RightUpVectorBar\0⥔\0RightVector\0⇀\0RightVectorBar\0⥓\0"
	"Rightarrow\0⇒\0Ropf\0ℝ\0RoundImplies\0⥰\0Rrightarrow\0⇛\0"
	"Rscr\0ℛ\0Rsh\0↱\0RuleDelayed\0⧴\0SHCHcy\0Щ\0SHcy\0Ш\0"
	"SOFTcy\0Ь\0Sacute\0Ś\0Sc\0⪼\0Scaron\0Š\0Scedil\0Ş\0Scirc\0Ŝ\0"
	"Scy\0С\0Sfr\0𝔖\0ShortDownArrow\0↓\0ShortLeftArrow\0←\0"
	"ShortRightArrow\0→\0ShortUpArrow\0↑\0Sigma\0Σ\0"
	"SmallCircle\0∘\0Sopf\0𝕊\0Sqrt\0√\0Square\0□\0"
	"SquareIntersection\0⊓\0SquareSubset\0⊏\0SquareSubsetEqual\0⊑\0"
	"SquareSuperset\0⊐\0SquareSupersetEqual\0⊒\0SquareUnion\0⊔\0"
	"Sscr\0𝒮\0Star\0⋆\0Sub\0⋐\0Subset\0⋐\0SubsetEqual\0⊆\0"
	"Succeeds\0≻\0SucceedsEqual\0⪰\0SucceedsSlantEqual\0≽\0"
	"SucceedsTilde\0≿\0SuchThat\0∋\0Sum\0∑\0Sup\0⋑\0"
	"Superset\0⊃\0SupersetEqual\0⊇\0Supset\0⋑\0THORN\0Þ\0"
	"TRADE\0™\0TSHcy\0Ћ\0TScy\0Ц\0Tab\0\011\0Tau\0Τ\0Tcaron\0Ť\0"
	"Tcedil\0Ţ\0Tcy\0Т\0Tfr\0𝔗\0Therefore\0∴\0Theta\0Θ\0"
	"ThickSpace\0\342\201\237\342\200\212\0ThinSpace\0\342\200\211\0"
	"Tilde\0∼\0TildeEqual\0≃\0TildeFullEqual\0≅\0TildeTilde\0≈\0"
	"Topf\0𝕋\0TripleDot\0\342\203\233\0Tscr\0𝒯\0Tstrok\0Ŧ\0"
	"Uacute\0Ú\0Uarr\0↟\0Uarrocir\0⥉\0Ubrcy\0Ў\0Ubreve\0Ŭ\0"
	"Ucirc\0Û\0Ucy\0У\0Udblac\0Ű\0Ufr\0𝔘\0Ugrave\0Ù\0Umacr\0Ū\0"
	"UnderBar\0_\0UnderBrace\0⏟\0UnderBracket\0⎵\0"
	"UnderParenthesis\0⏝\0Union\0⋃\0UnionPlus\0⊎\0Uogon\0Ų\0"
	"Uopf\0𝕌\0UpArrow\0↑\0UpArrowBar\0⤒\0UpArrowDownArrow\0⇅\0"
	"UpDownArrow\0↕\0UpEquilibrium\0⥮\0UpTee\0⊥\0UpTeeArrow\0↥\0"
	"Uparrow\0⇑\0Updownarrow\0⇕\0UpperLeftArrow\0↖\0"
	"UpperRightArrow\0↗\0Upsi\0ϒ\0Upsilon\0Υ\0Uring\0Ů\0Uscr\0𝒰\0"
	"Utilde\0Ũ\0Uuml\0Ü\0VDash\0⊫\0Vbar\0⫫\0Vcy\0В\0Vdash\0⊩\0"
	"Vdashl\0⫦\0Vee\0⋁\0Verbar\0‖\0Vert\0‖\0VerticalBar\0∣\0"
	"VerticalLine\0|\0VerticalSeparator\0❘\0VerticalTilde\0≀\0"
	"VeryThinSpace\0\342\200\212\0Vfr\0𝔙\0Vopf\0𝕍\0Vscr\0𝒱\0"
	"Vvdash\0⊪\0Wcirc\0Ŵ\0Wedge\0⋀\0Wfr\0𝔚\0Wopf\0𝕎\0"
	"Wscr\0𝒲\0Xfr\0𝔛\0Xi\0Ξ\0Xopf\0𝕏\0Xscr\0𝒳\0YAcy\0Я\0"
	"YIcy\0Ї\0YUcy\0Ю\0Yacute\0Ý\0Ycirc\0Ŷ\0Ycy\0Ы\0Yfr\0𝔜\0"
	"Yopf\0𝕐\0Yscr\0𝒴\0Yuml\0Ÿ\0ZHcy\0Ж\0Zacute\0Ź\0Zcaron\0Ž\0"
	"Zcy\0З\0Zdot\0Ż\0ZeroWidthSpace\0\342\200\213\0Zeta\0Ζ\0Zfr\0ℨ\0"
	"Zopf\0ℤ\0Zscr\0𝒵\0aacute\0á\0abreve\0ă\0ac\0∾\0"
	"acE\0∾\314\263\0acd\0∿\0acirc\0â\0acute\0´\0acy\0а\0"
	"aelig\0æ\0af\0\342\201\241\0afr\0𝔞\0agrave\0à\0alefsym\0ℵ\0"
	"aleph\0ℵ\0alpha\0α\0amacr\0ā\0amalg\0⨿\0amp\0&\0and\0∧\0"
	"andand\0⩕\0andd\0⩜\0andslope\0⩘\0andv\0⩚\0ang\0∠\0"
	"ange\0⦤\0angle\0∠\0angmsd\0∡\0angmsdaa\0⦨\0angmsdab\0⦩\0"
	"angmsdac\0⦪\0angmsdad\0⦫\0angmsdae\0⦬\0angmsdaf\0⦭\0"
	"angmsdag\0⦮\0angmsdah\0⦯\0angrt\0∟\0angrtvb\0⊾\0"
	"angrtvbd\0⦝\0angsph\0∢\0angst\0Å\0angzarr\0⍼\0aogon\0ą\0"
	"aopf\0𝕒\0ap\0≈\0apE\0⩰\0apacir\0⩯\0ape\0≊\0apid\0≋\0"
	"apos\0'\0approx\0≈\0approxeq\0≊\0aring\0å\0ascr\0𝒶\0ast\0*\0"
	"asymp\0≈\0asympeq\0≍\0atilde\0ã\0auml\0ä\0awconint\0∳\0"
	"awint\0⨑\0bNot\0⫭\0backcong\0≌\0backepsilon\0϶\0"
	"backprime\0‵\0backsim\0∽\0backsimeq\0⋍\0barvee\0⊽\0"
	"barwed\0⌅\0barwedge\0⌅\0bbrk\0⎵\0bbrktbrk\0⎶\0bcong\0≌\0"
	"bcy\0б\0bdquo\0„\0becaus\0∵\0because\0∵\0bemptyv\0⦰\0"
	"bepsi\0϶\0bernou\0ℬ\0beta\0β\0beth\0ℶ\0between\0≬\0"
	"bfr\0𝔟\0bigcap\0⋂\0bigcirc\0◯\0bigcup\0⋃\0bigodot\0⨀\0"
	"bigoplus\0⨁\0bigotimes\0⨂\0bigsqcup\0⨆\0bigstar\0★\0"
	"bigtriangledown\0▽\0bigtriangleup\0△\0biguplus\0⨄\0"
	"bigvee\0⋁\0bigwedge\0⋀\0bkarow\0⤍\0blacklozenge\0⧫\0"
	"blacksquare\0▪\0blacktriangle\0▴\0blacktriangledown\0▾\0"
	"blacktriangleleft\0◂\0blacktriangleright\0▸\0blank\0␣\0"
	"blk12\0▒\0blk14\0░\0blk34\0▓\0block\0█\0bne\0=\342\203\245\0"
	"bnequiv\0≡\342\203\245\0bnot\0⌐\0bopf\0𝕓\0bot\0⊥\0"
	"bottom\0⊥\0bowtie\0⋈\0boxDL\0╗\0boxDR\0╔\0boxDl\0╖\0"
	"boxDr\0╓\0boxH\0═\0boxHD\0╦\0boxHU\0╩\0boxHd\0╤\0"
	"boxHu\0╧\0boxUL\0╝\0boxUR\0╚\0boxUl\0╜\0boxUr\0╙\0"
	"boxV\0║\0boxVH\0╬\0boxVL\0╣\0boxVR\0╠\0boxVh\0╫\0"
	"boxVl\0╢\0boxVr\0╟\0boxbox\0⧉\0boxdL\0╕\0boxdR\0╒\0"
	"boxdl\0┐\0boxdr\0┌\0boxh\0─\0boxhD\0╥\0boxhU\0╨\0"
	"boxhd\0┬\0boxhu\0┴\0boxminus\0⊟\0boxplus\0⊞\0boxtimes\0⊠\0"
	"boxuL\0╛\0boxuR\0╘\0boxul\0┘\0boxur\0└\0boxv\0│\0"
	"boxvH\0╪\0boxvL\0╡\0boxvR\0╞\0boxvh\0┼\0boxvl\0┤\0"
	"boxvr\0├\0bprime\0‵\0breve\0˘\0brvbar\0¦\0bscr\0𝒷\0"
	"bsemi\0⁏\0bsim\0∽\0bsime\0⋍\0bsol\0\134\0bsolb\0⧅\0"
	"bsolhsub\0⟈\0bull\0•\0bullet\0•\0bump\0≎\0bumpE\0⪮\0"
	"bumpe\0≏\0bumpeq\0≏\0cacute\0ć\0cap\0∩\0capand\0⩄\0"
	"capbrcup\0⩉\0capcap\0⩋\0capcup\0⩇\0capdot\0⩀\0"
	"caps\0∩\357\270\200\0caret\0⁁\0caron\0ˇ\0ccaps\0⩍\0"
	"ccaron\0č\0ccedil\0ç\0ccirc\0ĉ\0ccups\0⩌\0ccupssm\0⩐\0"
	"cdot\0ċ\0cedil\0¸\0cemptyv\0⦲\0cent\0¢\0centerdot\0·\0"
	"cfr\0𝔠\0chcy\0ч\0check\0✓\0checkmark\0✓\0chi\0χ\0cir\0○\0"
	"cirE\0⧃\0circ\0ˆ\0circeq\0≗\0circlearrowleft\0↺\0"
	"circlearrowright\0↻\0circledR\0®\0circledS\0Ⓢ\0circledast\0⊛\0"
	"circledcirc\0⊚\0circleddash\0⊝\0cire\0≗\0cirfnint\0⨐\0"
	"cirmid\0⫯\0cirscir\0⧂\0clubs\0♣\0clubsuit\0♣\0colon\0:\0"
	"colone\0≔\0coloneq\0≔\0comma\0,\0commat\0@\0comp\0∁\0"
	"compfn\0∘\0complement\0∁\0complexes\0ℂ\0cong\0≅\0"
	"congdot\0⩭\0conint\0∮\0copf\0𝕔\0coprod\0∐\0copy\0©\0"
	"copysr\0℗\0crarr\0↵\0cross\0✗\0cscr\0𝒸\0csub\0⫏\0"
	"csube\0⫑\0csup\0⫐\0csupe\0⫒\0ctdot\0⋯\0cudarrl\0⤸\0"
	"cudarrr\0⤵\0cuepr\0⋞\0cuesc\0⋟\0cularr\0↶\0cularrp\0⤽\0"
	"cup\0∪\0cupbrcap\0⩈\0cupcap\0⩆\0cupcup\0⩊\0cupdot\0⊍\0"
	"cupor\0⩅\0cups\0∪\357\270\200\0curarr\0↷\0curarrm\0⤼\0"
	"curlyeqprec\0⋞\0curlyeqsucc\0⋟\0curlyvee\0⋎\0curlywedge\0⋏\0"
	"curren\0¤\0curvearrowleft\0↶\0curvearrowright\0↷\0cuvee\0⋎\0"
	"cuwed\0⋏\0cwconint\0∲\0cwint\0∱\0cylcty\0⌭\0dArr\0⇓\0"
	"dHar\0⥥\0dagger\0†\0daleth\0ℸ\0darr\0↓\0dash\0‐\0"
	"dashv\0⊣\0dbkarow\0⤏\0dblac\0˝\0dcaron\0ď\0dcy\0д\0dd\0ⅆ\0"
	"ddagger\0‡\0ddarr\0⇊\0ddotseq\0⩷\0deg\0°\0delta\0δ\0"
	"demptyv\0⦱\0dfisht\0⥿\0dfr\0𝔡\0dharl\0⇃\0dharr\0⇂\0"
	"diam\0⋄\0diamond\0⋄\0diamondsuit\0♦\0diams\0♦\0die\0¨\0"
	"digamma\0ϝ\0disin\0⋲\0div\0÷\0divide\0÷\0divideontimes\0⋇\0"
	"divonx\0⋇\0djcy\0ђ\0dlcorn\0⌞\0dlcrop\0⌍\0dollar\0$\0"
	"dopf\0𝕕\0dot\0˙\0doteq\0≐\0doteqdot\0≑\0dotminus\0∸\0"
	"dotplus\0∔\0dotsquare\0⊡\0doublebarwedge\0⌆\0downarrow\0↓\0"
	"downdownarrows\0⇊\0downharpoonleft\0⇃\0downharpoonright\0⇂\0"
	"drbkarow\0⤐\0drcorn\0⌟\0drcrop\0⌌\0dscr\0𝒹\0dscy\0ѕ\0"
	"dsol\0⧶\0dstrok\0đ\0dtdot\0⋱\0dtri\0▿\0dtrif\0▾\0"
	"duarr\0⇵\0duhar\0⥯\0dwangle\0⦦\0dzcy\0џ\0dzigrarr\0⟿\0"
	"eDDot\0⩷\0eDot\0≑\0eacute\0é\0easter\0⩮\0ecaron\0ě\0"
	"ecir\0≖\0ecirc\0ê\0ecolon\0≕\0ecy\0э\0edot\0ė\0ee\0ⅇ\0"
	"efDot\0≒\0efr\0𝔢\0eg\0⪚\0egrave\0è\0egs\0⪖\0egsdot\0⪘\0"
	"el\0⪙\0elinters\0⏧\0ell\0ℓ\0els\0⪕\0elsdot\0⪗\0emacr\0ē\0"
	"empty\0∅\0emptyset\0∅\0emptyv\0∅\0emsp\0\342\200\203\0"
	"emsp13\0\342\200\204\0emsp14\0\342\200\205\0eng\0ŋ\0"
	"ensp\0\342\200\202\0eogon\0ę\0eopf\0𝕖\0epar\0⋕\0eparsl\0⧣\0"
	"eplus\0⩱\0epsi\0ε\0epsilon\0ε\0epsiv\0ϵ\0eqcirc\0≖\0"
	"eqcolon\0≕\0eqsim\0≂\0eqslantgtr\0⪖\0eqslantless\0⪕\0"
	"equals\0=\0equest\0≟\0equiv\0≡\0equivDD\0⩸\0eqvparsl\0⧥\0"
	"erDot\0≓\0erarr\0⥱\0escr\0ℯ\0esdot\0≐\0esim\0≂\0eta\0η\0"
	"eth\0ð\0euml\0ë\0euro\0€\0excl\0!\0exist\0∃\0expectation\0ℰ\0"
	"exponentiale\0ⅇ\0fallingdotseq\0≒\0fcy\0ф\0female\0♀\0"
	"ffilig\0ﬃ\0fflig\0ﬀ\0ffllig\0ﬄ\0ffr\0𝔣\0filig\0ﬁ\0"
	"fjlig\0fj\0flat\0♭\0fllig\0ﬂ\0fltns\0▱\0fnof\0ƒ\0fopf\0𝕗\0"
	"forall\0∀\0fork\0⋔\0forkv\0⫙\0fpartint\0⨍\0frac12\0½\0"
	"frac13\0⅓\0frac14\0¼\0frac15\0⅕\0frac16\0⅙\0frac18\0⅛\0"
	"frac23\0⅔\0frac25\0⅖\0frac34\0¾\0frac35\0⅗\0frac38\0⅜\0"
	"frac45\0⅘\0frac56\0⅚\0frac58\0⅝\0frac78\0⅞\0frasl\0⁄\0"
	"frown\0⌢\0fscr\0𝒻\0gE\0≧\0gEl\0⪌\0gacute\0ǵ\0gamma\0γ\0"
	"gammad\0ϝ\0gap\0⪆\0gbreve\0ğ\0gcirc\0ĝ\0gcy\0г\0gdot\0ġ\0"
	"ge\0≥\0gel\0⋛\0geq\0≥\0geqq\0≧\0geqslant\0⩾\0ges\0⩾\0"
	"gescc\0⪩\0gesdot\0⪀\0gesdoto\0⪂\0gesdotol\0⪄\0"
	"gesl\0⋛\357\270\200\0gesles\0⪔\0gfr\0𝔤\0gg\0≫\0ggg\0⋙\0"
	"gimel\0ℷ\0gjcy\0ѓ\0gl\0≷\0glE\0⪒\0gla\0⪥\0glj\0⪤\0"
	"gnE\0≩\0gnap\0⪊\0gnapprox\0⪊\0gne\0⪈\0gneq\0⪈\0gneqq\0≩\0"
	"gnsim\0⋧\0gopf\0𝕘\0grave\0`\0gscr\0ℊ\0gsim\0≳\0gsime\0⪎\0"
	"gsiml\0⪐\0gt\0>\0gtcc\0⪧\0gtcir\0⩺\0gtdot\0⋗\0gtlPar\0⦕\0"
	"gtquest\0⩼\0gtrapprox\0⪆\0gtrarr\0⥸\0gtrdot\0⋗\0"
	"gtreqless\0⋛\0gtreqqless\0⪌\0gtrless\0≷\0gtrsim\0≳\0"
	"gvertneqq\0≩\357\270\200\0gvnE\0≩\357\270\200\0hArr\0⇔\0"
	"hairsp\0\342\200\212\0half\0½\0hamilt\0ℋ\0hardcy\0ъ\0harr\0↔\0"
	"harrcir\0⥈\0harrw\0↭\0hbar\0ℏ\0hcirc\0ĥ\0hearts\0♥\0"
	"heartsuit\0♥\0hellip\0…\0hercon\0⊹\0hfr\0𝔥\0hksearow\0⤥\0"
	"hkswarow\0⤦\0hoarr\0⇿\0homtht\0∻\0hookleftarrow\0↩\0"
	"hookrightarrow\0↪\0hopf\0𝕙\0horbar\0―\0hscr\0𝒽\0"
	"hslash\0ℏ\0hstrok\0ħ\0hybull\0⁃\0hyphen\0‐\0iacute\0í\0"
	"ic\0\342\201\243\0icirc\0î\0icy\0и\0iecy\0е\0iexcl\0¡\0iff\0⇔\0"
	"ifr\0𝔦\0igrave\0ì\0ii\0ⅈ\0iiiint\0⨌\0iiint\0∭\0"
	"iinfin\0⧜\0iiota\0℩\0ijlig\0ĳ\0imacr\0ī\0image\0ℑ\0"
	"imagline\0ℐ\0imagpart\0ℑ\0imath\0ı\0imof\0⊷\0imped\0Ƶ\0"
	"in\0∈\0incare\0℅\0infin\0∞\0infintie\0⧝\0inodot\0ı\0"
	"int\0∫\0intcal\0⊺\0integers\0ℤ\0intercal\0⊺\0intlarhk\0⨗\0"
	"intprod\0⨼\0iocy\0ё\0iogon\0į\0iopf\0𝕚\0iota\0ι\0iprod\0⨼\0"
	"iquest\0¿\0iscr\0𝒾\0isin\0∈\0isinE\0⋹\0isindot\0⋵\0"
	"isins\0⋴\0isinsv\0⋳\0isinv\0∈\0it\0\342\201\242\0itilde\0ĩ\0"
	"iukcy\0і\0iuml\0ï\0jcirc\0ĵ\0jcy\0й\0jfr\0𝔧\0jmath\0ȷ\0"
	"jopf\0𝕛\0jscr\0𝒿\0jsercy\0ј\0jukcy\0є\0kappa\0κ\0"
	"kappav\0ϰ\0kcedil\0ķ\0kcy\0к\0kfr\0𝔨\0kgreen\0ĸ\0khcy\0х\0"
	"kjcy\0ќ\0kopf\0𝕜\0kscr\0𝓀\0lAarr\0⇚\0lArr\0⇐\0"
	"lAtail\0⤛\0lBarr\0⤎\0lE\0≦\0lEg\0⪋\0lHar\0⥢\0lacute\0ĺ\0"
	"laemptyv\0⦴\0lagran\0ℒ\0lambda\0λ\0lang\0⟨\0langd\0⦑\0"
	"langle\0⟨\0lap\0⪅\0laquo\0«\0larr\0←\0larrb\0⇤\0"
	"larrbfs\0⤟\0larrfs\0⤝\0larrhk\0↩\0larrlp\0↫\0larrpl\0⤹\0"
	"larrsim\0⥳\0larrtl\0↢\0lat\0⪫\0latail\0⤙\0late\0⪭\0"
	"lates\0⪭\357\270\200\0lbarr\0⤌\0lbbrk\0❲\0lbrace\0{\0"
	"lbrack\0[\0lbrke\0⦋\0lbrksld\0⦏\0lbrkslu\0⦍\0lcaron\0ľ\0"
	"lcedil\0ļ\0lceil\0⌈\0lcub\0{\0lcy\0л\0ldca\0⤶\0ldquo\0“\0"
	"ldquor\0„\0ldrdhar\0⥧\0ldrushar\0⥋\0ldsh\0↲\0le\0≤\0"
	"leftarrow\0←\0leftarrowtail\0↢\0leftharpoondown\0↽\0"
	"leftharpoonup\0↼\0leftleftarrows\0⇇\0leftrightarrow\0↔\0"
	"leftrightarrows\0⇆\0leftrightharpoons\0⇋\0"
	"leftrightsquigarrow\0↭\0leftthreetimes\0⋋\0leg\0⋚\0leq\0≤\0"
	"leqq\0≦\0leqslant\0⩽\0les\0⩽\0lescc\0⪨\0lesdot\0⩿\0"
	"lesdoto\0⪁\0lesdotor\0⪃\0lesg\0⋚\357\270\200\0lesges\0⪓\0"
	"lessapprox\0⪅\0lessdot\0⋖\0lesseqgtr\0⋚\0lesseqqgtr\0⪋\0"
	"lessgtr\0≶\0lesssim\0≲\0lfisht\0⥼\0lfloor\0⌊\0lfr\0𝔩\0"
	"lg\0≶\0lgE\0⪑\0lhard\0↽\0lharu\0↼\0lharul\0⥪\0lhblk\0▄\0"
	"ljcy\0љ\0ll\0≪\0llarr\0⇇\0llcorner\0⌞\0llhard\0⥫\0"
	"lltri\0◺\0lmidot\0ŀ\0lmoust\0⎰\0lmoustache\0⎰\0lnE\0≨\0"
	"lnap\0⪉\0lnapprox\0⪉\0lne\0⪇\0lneq\0⪇\0lneqq\0≨\0"
	"lnsim\0⋦\0loang\0⟬\0loarr\0⇽\0lobrk\0⟦\0longleftarrow\0⟵\0"
	"longleftrightarrow\0⟷\0longmapsto\0⟼\0longrightarrow\0⟶\0"
	"looparrowleft\0↫\0looparrowright\0↬\0lopar\0⦅\0lopf\0𝕝\0"
	"loplus\0⨭\0lotimes\0⨴\0lowast\0∗\0lowbar\0_\0loz\0◊\0"
	"lozenge\0◊\0lozf\0⧫\0lpar\0(\0lparlt\0⦓\0lrarr\0⇆\0"
	"lrcorner\0⌟\0lrhar\0⇋\0lrhard\0⥭\0lrm\0\342\200\216\0"
	"lrtri\0⊿\0lsaquo\0‹\0lscr\0𝓁\0lsh\0↰\0lsim\0≲\0"
	"lsime\0⪍\0lsimg\0⪏\0lsqb\0[\0lsquo\0‘\0lsquor\0‚\0"
	"lstrok\0ł\0lt\0<\0ltcc\0⪦\0ltcir\0⩹\0ltdot\0⋖\0lthree\0⋋\0"
	"ltimes\0⋉\0ltlarr\0⥶\0ltquest\0⩻\0ltrPar\0⦖\0ltri\0◃\0"
	"ltrie\0⊴\0ltrif\0◂\0lurdshar\0⥊\0luruhar\0⥦\0"
	"lvertneqq\0≨\357\270\200\0lvnE\0≨\357\270\200\0mDDot\0∺\0"
	"macr\0¯\0male\0♂\0malt\0✠\0maltese\0✠\0map\0↦\0mapsto\0↦\0"
	"mapstodown\0↧\0mapstoleft\0↤\0mapstoup\0↥\0marker\0▮\0"
	"mcomma\0⨩\0mcy\0м\0mdash\0—\0measuredangle\0∡\0mfr\0𝔪\0"
	"mho\0℧\0micro\0µ\0mid\0∣\0midast\0*\0midcir\0⫰\0middot\0·\0"
	"minus\0−\0minusb\0⊟\0minusd\0∸\0minusdu\0⨪\0mlcp\0⫛\0"
	"mldr\0…\0mnplus\0∓\0models\0⊧\0mopf\0𝕞\0mp\0∓\0"
	"mscr\0𝓂\0mstpos\0∾\0mu\0μ\0multimap\0⊸\0mumap\0⊸\0"
	"nGg\0⋙\314\270\0nGt\0≫\342\203\222\0nGtv\0≫\314\270\0"
	"nLeftarrow\0⇍\0nLeftrightarrow\0⇎\0nLl\0⋘\314\270\0"
	"nLt\0≪\342\203\222\0nLtv\0≪\314\270\0nRightarrow\0⇏\0"
	"nVDash\0⊯\0nVdash\0⊮\0nabla\0∇\0nacute\0ń\0"
	"nang\0∠\342\203\222\0nap\0≉\0napE\0⩰\314\270\0"
	"napid\0≋\314\270\0napos\0ŉ\0napprox\0≉\0natur\0♮\0"
	"natural\0♮\0naturals\0ℕ\0nbsp\0\302\240\0nbump\0≎\314\270\0"
	"nbumpe\0≏\314\270\0ncap\0⩃\0ncaron\0ň\0ncedil\0ņ\0ncong\0≇\0"
	"ncongdot\0⩭\314\270\0ncup\0⩂\0ncy\0н\0ndash\0–\0ne\0≠\0"
	"neArr\0⇗\0nearhk\0⤤\0nearr\0↗\0nearrow\0↗\0"
	"nedot\0≐\314\270\0nequiv\0≢\0nesear\0⤨\0nesim\0≂\314\270\0"
	"nexist\0∄\0nexists\0∄\0nfr\0𝔫\0ngE\0≧\314\270\0nge\0≱\0"
	"ngeq\0≱\0ngeqq\0≧\314\270\0ngeqslant\0⩾\314\270\0"
	"nges\0⩾\314\270\0ngsim\0≵\0ngt\0≯\0ngtr\0≯\0nhArr\0⇎\0"
	"nharr\0↮\0nhpar\0⫲\0ni\0∋\0nis\0⋼\0nisd\0⋺\0niv\0∋\0"
	"njcy\0њ\0nlArr\0⇍\0nlE\0≦\314\270\0nlarr\0↚\0nldr\0‥\0"
	"nle\0≰\0nleftarrow\0↚\0nleftrightarrow\0↮\0nleq\0≰\0"
	"nleqq\0≦\314\270\0nleqslant\0⩽\314\270\0nles\0⩽\314\270\0"
	"nless\0≮\0nlsim\0≴\0nlt\0≮\0nltri\0⋪\0nltrie\0⋬\0"
	"nmid\0∤\0nopf\0𝕟\0not\0¬\0notin\0∉\0notinE\0⋹\314\270\0"
	"notindot\0⋵\314\270\0notinva\0∉\0notinvb\0⋷\0notinvc\0⋶\0"
	"notni\0∌\0notniva\0∌\0notnivb\0⋾\0notnivc\0⋽\0npar\0∦\0"
	"nparallel\0∦\0nparsl\0⫽\342\203\245\0npart\0∂\314\270\0"
	"npolint\0⨔\0npr\0⊀\0nprcue\0⋠\0npre\0⪯\314\270\0nprec\0⊀\0"
	"npreceq\0⪯\314\270\0nrArr\0⇏\0nrarr\0↛\0nrarrc\0⤳\314\270\0"
	"nrarrw\0↝\314\270\0nrightarrow\0↛\0nrtri\0⋫\0nrtrie\0⋭\0"
	"nsc\0⊁\0nsccue\0⋡\0nsce\0⪰\314\270\0nscr\0𝓃\0"
	"nshortmid\0∤\0nshortparallel\0∦\0nsim\0≁\0nsime\0≄\0"
	"nsimeq\0≄\0nsmid\0∤\0nspar\0∦\0nsqsube\0⋢\0nsqsupe\0⋣\0"
	"nsub\0⊄\0nsubE\0⫅\314\270\0nsube\0⊈\0nsubset\0⊂\342\203\222\0"
	"nsubseteq\0⊈\0nsubseteqq\0⫅\314\270\0nsucc\0⊁\0"
	"nsucceq\0⪰\314\270\0nsup\0⊅\0nsupE\0⫆\314\270\0nsupe\0⊉\0"
	"nsupset\0⊃\342\203\222\0nsupseteq\0⊉\0nsupseteqq\0⫆\314\270\0"
	"ntgl\0≹\0ntilde\0ñ\0ntlg\0≸\0ntriangleleft\0⋪\0"
	"ntrianglelefteq\0⋬\0ntriangleright\0⋫\0ntrianglerighteq\0⋭\0"
	"nu\0ν\0num\0#\0numero\0№\0numsp\0\342\200\207\0nvDash\0⊭\0"
	"nvHarr\0⤄\0nvap\0≍\342\203\222\0nvdash\0⊬\0"
	"nvge\0≥\342\203\222\0nvgt\0>\342\203\222\0nvinfin\0⧞\0"
	"nvlArr\0⤂\0nvle\0≤\342\203\222\0nvlt\0<\342\203\222\0"
	"nvltrie\0⊴\342\203\222\0nvrArr\0⤃\0nvrtrie\0⊵\342\203\222\0"
	"nvsim\0∼\342\203\222\0nwArr\0⇖\0nwarhk\0⤣\0nwarr\0↖\0"
	"nwarrow\0↖\0nwnear\0⤧\0oS\0Ⓢ\0oacute\0ó\0oast\0⊛\0"
	"ocir\0⊚\0ocirc\0ô\0ocy\0о\0odash\0⊝\0odblac\0ő\0odiv\0⨸\0"
	"odot\0⊙\0odsold\0⦼\0oelig\0œ\0ofcir\0⦿\0ofr\0𝔬\0ogon\0˛\0"
	"ograve\0ò\0ogt\0⧁\0ohbar\0⦵\0ohm\0Ω\0oint\0∮\0olarr\0↺\0"
	"olcir\0⦾\0olcross\0⦻\0oline\0‾\0olt\0⧀\0omacr\0ō\0"
	"omega\0ω\0omicron\0ο\0omid\0⦶\0ominus\0⊖\0oopf\0𝕠\0"
	"opar\0⦷\0operp\0⦹\0oplus\0⊕\0or\0∨\0orarr\0↻\0ord\0⩝\0"
	"order\0ℴ\0orderof\0ℴ\0ordf\0ª\0ordm\0º\0origof\0⊶\0"
	"oror\0⩖\0orslope\0⩗\0orv\0⩛\0oscr\0ℴ\0oslash\0ø\0osol\0⊘\0"
	"otilde\0õ\0otimes\0⊗\0otimesas\0⨶\0ouml\0ö\0ovbar\0⌽\0"
	"par\0∥\0para\0¶\0parallel\0∥\0parsim\0⫳\0parsl\0⫽\0"
	"part\0∂\0pcy\0п\0percnt\0%\0period\0.\0permil\0‰\0perp\0⊥\0"
	"pertenk\0‱\0pfr\0𝔭\0phi\0φ\0phiv\0ϕ\0phmmat\0ℳ\0phone\0☎\0"
	"pi\0π\0pitchfork\0⋔\0piv\0ϖ\0planck\0ℏ\0planckh\0ℎ\0"
	"plankv\0ℏ\0plus\0+\0plusacir\0⨣\0plusb\0⊞\0pluscir\0⨢\0"
	"plusdo\0∔\0plusdu\0⨥\0pluse\0⩲\0plusmn\0±\0plussim\0⨦\0"
	"plustwo\0⨧\0pm\0±\0pointint\0⨕\0popf\0𝕡\0pound\0£\0pr\0≺\0"
	"prE\0⪳\0prap\0⪷\0prcue\0≼\0pre\0⪯\0prec\0≺\0"
	"precapprox\0⪷\0preccurlyeq\0≼\0preceq\0⪯\0precnapprox\0⪹\0"
	"precneqq\0⪵\0precnsim\0⋨\0precsim\0≾\0prime\0′\0primes\0ℙ\0"
	"prnE\0⪵\0prnap\0⪹\0prnsim\0⋨\0prod\0∏\0profalar\0⌮\0"
	"profline\0⌒\0profsurf\0⌓\0prop\0∝\0propto\0∝\0prsim\0≾\0"
	"prurel\0⊰\0pscr\0𝓅\0psi\0ψ\0puncsp\0\342\200\210\0qfr\0𝔮\0"
	"qint\0⨌\0qopf\0𝕢\0qprime\0⁗\0qscr\0𝓆\0quaternions\0ℍ\0"
	"quatint\0⨖\0quest\0\077\0questeq\0≟\0quot\0\042\0rAarr\0⇛\0"
	"rArr\0⇒\0rAtail\0⤜\0rBarr\0⤏\0rHar\0⥤\0race\0∽\314\261\0"
	"racute\0ŕ\0radic\0√\0raemptyv\0⦳\0rang\0⟩\0rangd\0⦒\0"
	"range\0⦥\0rangle\0⟩\0raquo\0»\0rarr\0→\0rarrap\0⥵\0"
	"rarrb\0⇥\0rarrbfs\0⤠\0rarrc\0⤳\0rarrfs\0⤞\0rarrhk\0↪\0"
	"rarrlp\0↬\0rarrpl\0⥅\0rarrsim\0⥴\0rarrtl\0↣\0rarrw\0↝\0"
	"ratail\0⤚\0ratio\0∶\0rationals\0ℚ\0rbarr\0⤍\0rbbrk\0❳\0"
	"rbrace\0}\0rbrack\0]\0rbrke\0⦌\0rbrksld\0⦎\0rbrkslu\0⦐\0"
	"rcaron\0ř\0rcedil\0ŗ\0rceil\0⌉\0rcub\0}\0rcy\0р\0rdca\0⤷\0"
	"rdldhar\0⥩\0rdquo\0”\0rdquor\0”\0rdsh\0↳\0real\0ℜ\0"
	"realine\0ℛ\0realpart\0ℜ\0reals\0ℝ\0rect\0▭\0reg\0®\0"
	"rfisht\0⥽\0rfloor\0⌋\0rfr\0𝔯\0rhard\0⇁\0rharu\0⇀\0"
	"rharul\0⥬\0rho\0ρ\0rhov\0ϱ\0rightarrow\0→\0"
	"rightarrowtail\0↣\0rightharpoondown\0⇁\0rightharpoonup\0⇀\0"
	"rightleftarrows\0⇄\0rightleftharpoons\0⇌\0rightrightarrows\0⇉\0"
	"rightsquigarrow\0↝\0rightthreetimes\0⋌\0ring\0˚\0"
	"risingdotseq\0≓\0rlarr\0⇄\0rlhar\0⇌\0rlm\0\342\200\217\0"
	"rmoust\0⎱\0rmoustache\0⎱\0rnmid\0⫮\0roang\0⟭\0roarr\0⇾\0"
	"robrk\0⟧\0ropar\0⦆\0ropf\0𝕣\0roplus\0⨮\0rotimes\0⨵\0"
	"rpar\0)\0rpargt\0⦔\0rppolint\0⨒\0rrarr\0⇉\0rsaquo\0›\0"
	"rscr\0𝓇\0rsh\0↱\0rsqb\0]\0rsquo\0’\0rsquor\0’\0rthree\0⋌\0"
	"rtimes\0⋊\0rtri\0▹\0rtrie\0⊵\0rtrif\0▸\0rtriltri\0⧎\0"
	"ruluhar\0⥨\0rx\0℞\0sacute\0ś\0sbquo\0‚\0sc\0≻\0scE\0⪴\0"
	"scap\0⪸\0scaron\0š\0sccue\0≽\0sce\0⪰\0scedil\0ş\0scirc\0ŝ\0"
	"scnE\0⪶\0scnap\0⪺\0scnsim\0⋩\0scpolint\0⨓\0scsim\0≿\0"
	"scy\0с\0sdot\0⋅\0sdotb\0⊡\0sdote\0⩦\0seArr\0⇘\0searhk\0⤥\0"
	"searr\0↘\0searrow\0↘\0sect\0§\0semi\0;\0seswar\0⤩\0"
	"setminus\0∖\0setmn\0∖\0sext\0✶\0sfr\0𝔰\0sfrown\0⌢\0"
	"sharp\0♯\0shchcy\0щ\0shcy\0ш\0shortmid\0∣\0shortparallel\0∥\0"
	"shy\0\302\255\0sigma\0σ\0sigmaf\0ς\0sigmav\0ς\0sim\0∼\0"
	"simdot\0⩪\0sime\0≃\0simeq\0≃\0simg\0⪞\0simgE\0⪠\0"
	"siml\0⪝\0simlE\0⪟\0simne\0≆\0simplus\0⨤\0simrarr\0⥲\0"
	"slarr\0←\0smallsetminus\0∖\0smashp\0⨳\0smeparsl\0⧤\0"
	"smid\0∣\0smile\0⌣\0smt\0⪪\0smte\0⪬\0smtes\0⪬\357\270\200\0"
	"softcy\0ь\0sol\0/\0solb\0⧄\0solbar\0⌿\0sopf\0𝕤\0spades\0♠\0"
	"spadesuit\0♠\0spar\0∥\0sqcap\0⊓\0sqcaps\0⊓\357\270\200\0"
	"sqcup\0⊔\0sqcups\0⊔\357\270\200\0sqsub\0⊏\0sqsube\0⊑\0"
	"sqsubset\0⊏\0sqsubseteq\0⊑\0sqsup\0⊐\0sqsupe\0⊒\0"
	"sqsupset\0⊐\0sqsupseteq\0⊒\0squ\0□\0square\0□\0squarf\0▪\0"
	"squf\0▪\0srarr\0→\0sscr\0𝓈\0ssetmn\0∖\0ssmile\0⌣\0"
	"sstarf\0⋆\0star\0☆\0starf\0★\0straightepsilon\0ϵ\0"
	"straightphi\0ϕ\0strns\0¯\0sub\0⊂\0subE\0⫅\0subdot\0⪽\0"
	"sube\0⊆\0subedot\0⫃\0submult\0⫁\0subnE\0⫋\0subne\0⊊\0"
	"subplus\0⪿\0subrarr\0⥹\0subset\0⊂\0subseteq\0⊆\0"
	"subseteqq\0⫅\0subsetneq\0⊊\0subsetneqq\0⫋\0subsim\0⫇\0"
	"subsub\0⫕\0subsup\0⫓\0succ\0≻\0succapprox\0⪸\0"
	"succcurlyeq\0≽\0succeq\0⪰\0succnapprox\0⪺\0succneqq\0⪶\0"
	"succnsim\0⋩\0succsim\0≿\0sum\0∑\0sung\0♪\0sup\0⊃\0"
	"sup1\0¹\0sup2\0²\0sup3\0³\0supE\0⫆\0supdot\0⪾\0supdsub\0⫘\0"
	"supe\0⊇\0supedot\0⫄\0suphsol\0⟉\0suphsub\0⫗\0suplarr\0⥻\0"
	"supmult\0⫂\0supnE\0⫌\0supne\0⊋\0supplus\0⫀\0supset\0⊃\0"
	"supseteq\0⊇\0supseteqq\0⫆\0supsetneq\0⊋\0supsetneqq\0⫌\0"
	"supsim\0⫈\0supsub\0⫔\0supsup\0⫖\0swArr\0⇙\0swarhk\0⤦\0"
	"swarr\0↙\0swarrow\0↙\0swnwar\0⤪\0szlig\0ß\0target\0⌖\0"
	"tau\0τ\0tbrk\0⎴\0tcaron\0ť\0tcedil\0ţ\0tcy\0т\0"
	"tdot\0\342\203\233\0telrec\0⌕\0tfr\0𝔱\0there4\0∴\0"
	"therefore\0∴\0theta\0θ\0thetasym\0ϑ\0thetav\0ϑ\0"
	"thickapprox\0≈\0thicksim\0∼\0thinsp\0\342\200\211\0thkap\0≈\0"
	"thksim\0∼\0thorn\0þ\0tilde\0˜\0times\0×\0timesb\0⊠\0"
	"timesbar\0⨱\0timesd\0⨰\0tint\0∭\0toea\0⤨\0top\0⊤\0"
	"topbot\0⌶\0topcir\0⫱\0topf\0𝕥\0topfork\0⫚\0tosa\0⤩\0"
	"tprime\0‴\0trade\0™\0triangle\0▵\0triangledown\0▿\0"
	"triangleleft\0◃\0trianglelefteq\0⊴\0triangleq\0≜\0"
	"triangleright\0▹\0trianglerighteq\0⊵\0tridot\0◬\0trie\0≜\0"
	"triminus\0⨺\0triplus\0⨹\0trisb\0⧍\0tritime\0⨻\0"
	"trpezium\0⏢\0tscr\0𝓉\0tscy\0ц\0tshcy\0ћ\0tstrok\0ŧ\0"
	"twixt\0≬\0twoheadleftarrow\0↞\0twoheadrightarrow\0↠\0"
	"uArr\0⇑\0uHar\0⥣\0uacute\0ú\0uarr\0↑\0ubrcy\0ў\0ubreve\0ŭ\0"
	"ucirc\0û\0ucy\0у\0udarr\0⇅\0udblac\0ű\0udhar\0⥮\0ufisht\0⥾\0"
	"ufr\0𝔲\0ugrave\0ù\0uharl\0↿\0uharr\0↾\0uhblk\0▀\0"
	"ulcorn\0⌜\0ulcorner\0⌜\0ulcrop\0⌏\0ultri\0◸\0umacr\0ū\0"
	"uml\0¨\0uogon\0ų\0uopf\0𝕦\0uparrow\0↑\0updownarrow\0↕\0"
	"upharpoonleft\0↿\0upharpoonright\0↾\0uplus\0⊎\0upsi\0υ\0"
	"upsih\0ϒ\0upsilon\0υ\0upuparrows\0⇈\0urcorn\0⌝\0urcorner\0⌝\0"
	"urcrop\0⌎\0uring\0ů\0urtri\0◹\0uscr\0𝓊\0utdot\0⋰\0"
	"utilde\0ũ\0utri\0▵\0utrif\0▴\0uuarr\0⇈\0uuml\0ü\0"
	"uwangle\0⦧\0vArr\0⇕\0vBar\0⫨\0vBarv\0⫩\0vDash\0⊨\0"
	"vangrt\0⦜\0varepsilon\0ϵ\0varkappa\0ϰ\0varnothing\0∅\0"
	"varphi\0ϕ\0varpi\0ϖ\0varpropto\0∝\0varr\0↕\0varrho\0ϱ\0"
	"varsigma\0ς\0varsubsetneq\0⊊\357\270\200\0"
	"varsubsetneqq\0⫋\357\270\200\0varsupsetneq\0⊋\357\270\200\0"
	"varsupsetneqq\0⫌\357\270\200\0vartheta\0ϑ\0vartriangleleft\0⊲\0"
	"vartriangleright\0⊳\0vcy\0в\0vdash\0⊢\0vee\0∨\0veebar\0⊻\0"
	"veeeq\0≚\0vellip\0⋮\0verbar\0|\0vert\0|\0vfr\0𝔳\0vltri\0⊲\0"
	"vnsub\0⊂\342\203\222\0vnsup\0⊃\342\203\222\0vopf\0𝕧\0"
	"vprop\0∝\0vrtri\0⊳\0vscr\0𝓋\0vsubnE\0⫋\357\270\200\0"
	"vsubne\0⊊\357\270\200\0vsupnE\0⫌\357\270\200\0"
	"vsupne\0⊋\357\270\200\0vzigzag\0⦚\0wcirc\0ŵ\0wedbar\0⩟\0"
	"wedge\0∧\0wedgeq\0≙\0weierp\0℘\0wfr\0𝔴\0wopf\0𝕨\0"
	"wp\0℘\0wr\0≀\0wreath\0≀\0wscr\0𝓌\0xcap\0⋂\0xcirc\0◯\0"
	"xcup\0⋃\0xdtri\0▽\0xfr\0𝔵\0xhArr\0⟺\0xharr\0⟷\0xi\0ξ\0"
	"xlArr\0⟸\0xlarr\0⟵\0xmap\0⟼\0xnis\0⋻\0xodot\0⨀\0"
	"xopf\0𝕩\0xoplus\0⨁\0xotime\0⨂\0xrArr\0⟹\0xrarr\0⟶\0"
	"xscr\0𝓍\0xsqcup\0⨆\0xuplus\0⨄\0xutri\0△\0xvee\0⋁\0"
	"xwedge\0⋀\0yacute\0ý\0yacy\0я\0ycirc\0ŷ\0ycy\0ы\0yen\0¥\0"
	"yfr\0𝔶\0yicy\0ї\0yopf\0𝕪\0yscr\0𝓎\0yucy\0ю\0yuml\0ÿ\0"
	"zacute\0ź\0zcaron\0ž\0zcy\0з\0zdot\0ż\0zeetrf\0ℨ\0zeta\0ζ\0"
	"zfr\0𝔷\0zhcy\0ж\0zigrarr\0⇝\0zopf\0𝕫\0zscr\0𝓏\0"
	"zwj\0\342\200\215\0zwnj\0\342\200\214\0";

static const uint16_t starts[N_NAMES] = {
	0, 9, 15, 25, 35, 44, 51, 60, 70, 79, 88, 96, 105, 115, 133, 142, 152,
	163, 173, 181, 195, 204, 215, 222, 234, 249, 257, 266, 276, 285, 294,
	305, 313, 321, 331, 339, 364, 376, 386, 396, 405, 417, 425, 436, 449,
	457, 464, 478, 494, 509, 525, 554, 580, 600, 610, 621, 635, 646, 666,
	675, 689, 725, 735, 745, 753, 764, 771, 784, 792, 800, 808, 819, 828,
	838, 848, 855, 863, 872, 881, 901, 919, 945, 964, 984, 996, 1014,
	1024, 1031, 1042, 1055, 1081, 1094, 1114, 1134, 1159, 1177, 1201,
	1230, 1255, 1276, 1295, 1313, 1335, 1357, 1371, 1388, 1409, 1422,
	1446, 1468, 1487, 1509, 1532, 1552, 1575, 1587, 1604, 1618, 1628,
	1638, 1645, 1652, 1662, 1672, 1681, 1688, 1696, 1705, 1715, 1727,
	1736, 1757, 1782, 1791, 1801, 1812, 1822, 1837, 1853, 1862, 1871,
	1878, 1886, 1897, 1914, 1921, 1930, 1952, 1978, 1988, 1999, 2014,
	2023, 2031, 2036, 2045, 2055, 2065, 2075, 2084, 2091, 2099, 2108,
	2115, 2125, 2142, 2163, 2184, 2203, 2219, 2241, 2258, 2268, 2275,
	2285, 2294, 2300, 2309, 2317, 2334, 2343, 2362, 2371, 2381, 2398,
	2412, 2420, 2429, 2437, 2447, 2456, 2463, 2471, 2479, 2489, 2496,
	2505, 2520, 2532, 2540, 2553, 2570, 2589, 2608, 2617, 2627, 2635,
	2644, 2654, 2663, 2671, 2680, 2687, 2696, 2706, 2716, 2726, 2735,
	2743, 2751, 2760, 2770, 2777, 2786, 2796, 2806, 2814, 2819, 2829,
	2839, 2848, 2863, 2872, 2882, 2892, 2899, 2920, 2934, 2951, 2975,
	2991, 3013, 3035, 3054, 3076, 3090, 3109, 3129, 3141, 3158, 3176,
	3193, 3213, 3235, 3256, 3276, 3293, 3313, 3328, 3346, 3360, 3379,
	3400, 3418, 3434, 3447, 3466, 3480, 3489, 3496, 3511, 3521, 3539,
	3562, 3581, 3599, 3622, 3641, 3651, 3670, 3690, 3699, 3707, 3717,
	3724, 3732, 3739, 3755, 3769, 3778, 3792, 3802, 3811, 3817, 3825,
	3835, 3845, 3855, 3862, 3886, 3909, 3931, 3957, 3982, 4001, 4011,
	4020, 4032, 4052, 4061, 4069, 4086, 4100, 4125, 4140, 4153, 4173,
	4187, 4202, 4222, 4248, 4272, 4291, 4318, 4338, 4360, 4379, 4399,
	4424, 4449, 4461, 4478, 4497, 4515, 4539, 4556, 4586, 4610, 4626,
	4649, 4675, 4697, 4718, 4744, 4770, 4792, 4817, 4841, 4868, 4885,
	4904, 4920, 4943, 4969, 4992, 5011, 5032, 5045, 5063, 5085, 5103,
	5122, 5132, 5142, 5148, 5157, 5167, 5176, 5183, 5193, 5202, 5212,
	5221, 5230, 5241, 5251, 5276, 5295, 5302, 5312, 5322, 5332, 5343,
	5351, 5363, 5377, 5393, 5413, 5426, 5433, 5442, 5449, 5455, 5468,
	5486, 5495, 5502, 5515, 5533, 5556, 5574, 5584, 5596, 5611, 5628,
	5638, 5645, 5652, 5661, 5670, 5680, 5690, 5697, 5707, 5716, 5725,
	5736, 5746, 5756, 5763, 5770, 5789, 5812, 5837, 5845, 5852, 5874,
	5889, 5907, 5931, 5948, 5971, 5994, 6014, 6037, 6052, 6065, 6083,
	6102, 6120, 6141, 6164, 6186, 6207, 6225, 6246, 6262, 6281, 6296,
	6305, 6322, 6338, 6347, 6355, 6371, 6381, 6389, 6399, 6409, 6416,
	6426, 6436, 6445, 6452, 6461, 6480, 6499, 6519, 6536, 6545, 6561,
	6571, 6580, 6591, 6614, 6631, 6653, 6672, 6696, 6712, 6722, 6731,
	6739, 6750, 6766, 6779, 6797, 6820, 6838, 6851, 6859, 6867, 6880,
	6898, 6909, 6918, 6928, 6937, 6945, 6951, 6958, 6968, 6978, 6985,
	6994, 7008, 7017, 7035, 7049, 7059, 7074, 7093, 7108, 7118, 7132,
	7142, 7152, 7162, 7171, 7184, 7193, 7203, 7212, 7219, 7229, 7238,
	7248, 7257, 7268, 7283, 7300, 7321, 7331, 7345, 7354, 7364, 7376,
	7391, 7412, 7428, 7446, 7456, 7471, 7483, 7499, 7518, 7538, 7546,
	7557, 7566, 7576, 7586, 7594, 7604, 7613, 7620, 7630, 7641, 7649,
	7660, 7669, 7685, 7700, 7722, 7740, 7758, 7767, 7777, 7787, 7798,
	7807, 7817, 7826, 7836, 7846, 7855, 7861, 7871, 7881, 7889, 7897,
	7905, 7915, 7924, 7931, 7940, 7950, 7960, 7968, 7976, 7986, 7996,
	8003, 8011, 8030, 8038, 8046, 8055, 8065, 8075, 8085, 8092, 8102,
	8110, 8119, 8128, 8135, 8144, 8151, 8160, 8170, 8182, 8192, 8201,
	8210, 8220, 8226, 8234, 8245, 8254, 8267, 8276, 8284, 8293, 8303,
	8314, 8327, 8340, 8353, 8366, 8379, 8392, 8405, 8418, 8428, 8440,
	8453, 8464, 8473, 8485, 8494, 8504, 8511, 8519, 8530, 8538, 8547,
	8554, 8565, 8578, 8587, 8597, 8603, 8613, 8625, 8635, 8643, 8656,
	8666, 8675, 8688, 8703, 8717, 8729, 8743, 8754, 8765, 8778, 8787,
	8800, 8810, 8817, 8827, 8838, 8850, 8862, 8871, 8882, 8890, 8899,
	8911, 8920, 8931, 8943, 8954, 8966, 8979, 8993, 9006, 9018, 9038,
	9056, 9069, 9080, 9093, 9104, 9121, 9137, 9155, 9177, 9199, 9222,
	9232, 9242, 9252, 9262, 9272, 9281, 9296, 9305, 9315, 9323, 9334,
	9345, 9355, 9365, 9375, 9385, 9394, 9404, 9414, 9424, 9434, 9444,
	9454, 9464, 9474, 9483, 9493, 9503, 9513, 9523, 9533, 9543, 9554,
	9564, 9574, 9584, 9594, 9603, 9613, 9623, 9633, 9643, 9656, 9668,
	9681, 9691, 9701, 9711, 9721, 9730, 9740, 9750, 9760, 9770, 9780,
	9790, 9801, 9810, 9820, 9830, 9840, 9849, 9859, 9866, 9876, 9889,
	9898, 9909, 9918, 9928, 9938, 9949, 9959, 9967, 9978, 9991, 10002,
	10013, 10024, 10036, 10046, 10055, 10065, 10075, 10085, 10094, 10104,
	10116, 10124, 10133, 10145, 10153, 10166, 10175, 10183, 10193, 10207,
	10214, 10222, 10231, 10239, 10250, 10270, 10291, 10303, 10316, 10331,
	10347, 10363, 10372, 10385, 10396, 10408, 10418, 10431, 10439, 10450,
	10462, 10470, 10479, 10488, 10499, 10514, 10528, 10537, 10549, 10560,
	10570, 10581, 10589, 10600, 10610, 10620, 10630, 10639, 10649, 10658,
	10668, 10678, 10690, 10702, 10712, 10722, 10733, 10745, 10753, 10766,
	10777, 10788, 10799, 10809, 10821, 10832, 10844, 10860, 10876, 10889,
	10904, 10914, 10933, 10953, 10963, 10973, 10986, 10996, 11007, 11016,
	11025, 11036, 11047, 11056, 11065, 11075, 11087, 11096, 11106, 11113,
	11120, 11132, 11142, 11154, 11161, 11170, 11182, 11193, 11202, 11212,
	11222, 11231, 11243, 11259, 11269, 11276, 11287, 11297, 11304, 11314,
	11332, 11343, 11351, 11362, 11373, 11382, 11392, 11399, 11409, 11422,
	11435, 11447, 11461, 11480, 11494, 11513, 11533, 11554, 11567, 11578,
	11589, 11599, 11607, 11616, 11626, 11636, 11645, 11655, 11665, 11675,
	11687, 11695, 11708, 11718, 11727, 11737, 11748, 11758, 11767, 11776,
	11787, 11794, 11802, 11809, 11819, 11828, 11835, 11845, 11853, 11864,
	11871, 11884, 11892, 11900, 11911, 11920, 11930, 11943, 11954, 11963,
	11974, 11985, 11992, 12001, 12010, 12020, 12029, 12040, 12050, 12058,
	12069, 12078, 12089, 12101, 12111, 12126, 12142, 12151, 12162, 12172,
	12184, 12197, 12207, 12217, 12226, 12236, 12245, 12252, 12259, 12267,
	12276, 12283, 12293, 12309, 12326, 12344, 12351, 12362, 12373, 12383,
	12394, 12403, 12413, 12422, 12431, 12441, 12451, 12459, 12469, 12480,
	12489, 12499, 12512, 12522, 12533, 12543, 12554, 12565, 12576, 12587,
	12598, 12608, 12619, 12630, 12641, 12652, 12663, 12674, 12684, 12694,
	12704, 12711, 12719, 12729, 12738, 12748, 12756, 12766, 12775, 12782,
	12790, 12797, 12805, 12813, 12822, 12835, 12843, 12853, 12864, 12876,
	12889, 12901, 12912, 12921, 12928, 12936, 12946, 12954, 12961, 12969,
	12977, 12985, 12993, 13002, 13015, 13023, 13032, 13042, 13052, 13062,
	13070, 13079, 13088, 13098, 13108, 13113, 13122, 13132, 13142, 13153,
	13165, 13179, 13190, 13201, 13215, 13230, 13242, 13253, 13270, 13282,
	13291, 13302, 13310, 13321, 13331, 13340, 13352, 13362, 13371, 13380,
	13391, 13405, 13416, 13427, 13436, 13449, 13462, 13472, 13483, 13501,
	13520, 13530, 13541, 13551, 13562, 13572, 13583, 13594, 13604, 13611,
	13620, 13627, 13635, 13644, 13652, 13661, 13671, 13678, 13689, 13699,
	13710, 13720, 13729, 13738, 13748, 13761, 13774, 13783, 13792, 13801,
	13808, 13819, 13829, 13842, 13852, 13860, 13871, 13884, 13897, 13910,
	13922, 13930, 13939, 13949, 13957, 13967, 13977, 13987, 13996, 14006,
	14018, 14028, 14039, 14049, 14056, 14066, 14075, 14083, 14092, 14099,
	14108, 14117, 14127, 14137, 14147, 14156, 14165, 14175, 14185, 14192,
	14201, 14211, 14219, 14227, 14237, 14247, 14257, 14266, 14277, 14287,
	14294, 14302, 14311, 14321, 14334, 14345, 14355, 14364, 14374, 14385,
	14393, 14402, 14411, 14421, 14433, 14444, 14455, 14466, 14477, 14489,
	14500, 14508, 14519, 14528, 14541, 14551, 14561, 14570, 14579, 14589,
	14601, 14613, 14623, 14633, 14643, 14650, 14657, 14666, 14676, 14687,
	14699, 14712, 14721, 14728, 14742, 14760, 14780, 14798, 14817, 14836,
	14856, 14878, 14902, 14921, 14929, 14937, 14946, 14959, 14967, 14977,
	14988, 15000, 15013, 15025, 15036, 15051, 15063, 15077, 15092, 15104,
	15116, 15127, 15138, 15147, 15154, 15162, 15172, 15182, 15193, 15203,
	15211, 15218, 15228, 15241, 15252, 15262, 15272, 15283, 15298, 15306,
	15315, 15328, 15336, 15345, 15355, 15365, 15375, 15385, 15395, 15413,
	15436, 15451, 15470, 15488, 15507, 15517, 15527, 15538, 15550, 15561,
	15570, 15578, 15590, 15599, 15606, 15617, 15627, 15640, 15650, 15661,
	15669, 15679, 15690, 15700, 15708, 15717, 15727, 15737, 15744, 15754,
	15765, 15775, 15780, 15789, 15799, 15809, 15820, 15831, 15842, 15854,
	15865, 15874, 15884, 15894, 15907, 15919, 15936, 15948, 15958, 15966,
	15975, 15984, 15996, 16004, 16015, 16030, 16045, 16058, 16069, 16080,
	16087, 16097, 16115, 16124, 16132, 16141, 16149, 16158, 16169, 16179,
	16189, 16200, 16211, 16223, 16232, 16241, 16252, 16263, 16273, 16280,
	16290, 16301, 16307, 16320, 16330, 16340, 16351, 16362, 16377, 16397,
	16407, 16418, 16429, 16445, 16456, 16467, 16477, 16487, 16499, 16507,
	16518, 16530, 16539, 16551, 16561, 16573, 16586, 16594, 16606, 16619,
	16628, 16638, 16648, 16658, 16673, 16682, 16689, 16699, 16706, 16716,
	16727, 16737, 16749, 16761, 16772, 16783, 16795, 16806, 16818, 16827,
	16837, 16845, 16854, 16866, 16882, 16893, 16903, 16911, 16920, 16930,
	16940, 16950, 16957, 16965, 16974, 16982, 16990, 17000, 17010, 17020,
	17029, 17037, 17052, 17072, 17081, 17093, 17109, 17120, 17130, 17140,
	17148, 17158, 17169, 17178, 17188, 17195, 17205, 17218, 17233, 17245,
	17257, 17269, 17279, 17291, 17303, 17315, 17324, 17338, 17352, 17364,
	17376, 17384, 17395, 17406, 17416, 17430, 17440, 17450, 17463, 17476,
	17492, 17502, 17513, 17521, 17532, 17543, 17553, 17567, 17586, 17595,
	17605, 17616, 17626, 17636, 17648, 17660, 17669, 17681, 17691, 17706,
	17720, 17737, 17747, 17761, 17770, 17782, 17792, 17807, 17821, 17838,
	17847, 17857, 17866, 17884, 17904, 17923, 17944, 17950, 17956, 17967,
	17977, 17988, 17999, 18011, 18022, 18034, 18044, 18056, 18067, 18079,
	18089, 18104, 18115, 18130, 18143, 18153, 18164, 18174, 18186, 18197,
	18204, 18214, 18223, 18232, 18241, 18248, 18258, 18268, 18277, 18286,
	18297, 18306, 18316, 18325, 18333, 18343, 18351, 18361, 18368, 18377,
	18387, 18397, 18409, 18419, 18427, 18436, 18445, 18456, 18465, 18476,
	18486, 18495, 18505, 18515, 18522, 18532, 18540, 18550, 18562, 18570,
	18578, 18589, 18598, 18610, 18618, 18627, 18637, 18646, 18656, 18667,
	18680, 18688, 18698, 18706, 18714, 18727, 18738, 18748, 18757, 18764,
	18773, 18782, 18793, 18802, 18814, 18823, 18830, 18838, 18849, 18859,
	18865, 18879, 18886, 18897, 18909, 18920, 18927, 18940, 18950, 18962,
	18973, 18984, 18994, 19004, 19016, 19028, 19034, 19047, 19057, 19066,
	19073, 19081, 19090, 19100, 19108, 19117, 19132, 19148, 19159, 19175,
	19188, 19201, 19213, 19223, 19234, 19243, 19253, 19264, 19273, 19286,
	19299, 19312, 19321, 19332, 19342, 19353, 19363, 19370, 19381, 19390,
	19399, 19409, 19420, 19430, 19446, 19458, 19466, 19478, 19485, 19495,
	19504, 19515, 19525, 19534, 19545, 19555, 19565, 19578, 19587, 19597,
	19607, 19618, 19627, 19636, 19647, 19657, 19669, 19679, 19690, 19701,
	19712, 19723, 19735, 19746, 19756, 19767, 19777, 19791, 19801, 19811,
	19820, 19829, 19839, 19851, 19863, 19873, 19883, 19893, 19900, 19907,
	19916, 19928, 19938, 19949, 19958, 19967, 19979, 19992, 20002, 20011,
	20018, 20029, 20040, 20049, 20059, 20069, 20080, 20087, 20095, 20110,
	20129, 20150, 20169, 20189, 20211, 20232, 20252, 20272, 20280, 20297,
	20307, 20317, 20325, 20336, 20351, 20361, 20371, 20381, 20391, 20401,
	20411, 20422, 20434, 20441, 20452, 20465, 20475, 20486, 20496, 20504,
	20511, 20521, 20532, 20543, 20554, 20563, 20573, 20583, 20596, 20608,
	20615, 20625, 20635, 20642, 20650, 20659, 20669, 20679, 20687, 20697,
	20706, 20715, 20725, 20736, 20749, 20759, 20766, 20775, 20785, 20795,
	20805, 20816, 20826, 20838, 20846, 20853, 20864, 20877, 20887, 20896,
	20905, 20916, 20926, 20936, 20944, 20957, 20975, 20982, 20991, 21001,
	21011, 21019, 21030, 21039, 21049, 21058, 21068, 21077, 21087, 21097,
	21109, 21121, 21131, 21149, 21160, 21173, 21182, 21192, 21200, 21209,
	21222, 21232, 21238, 21247, 21258, 21268, 21279, 21293, 21302, 21312,
	21326, 21336, 21350, 21360, 21371, 21384, 21399, 21409, 21420, 21433,
	21448, 21456, 21467, 21478, 21487, 21497, 21507, 21518, 21529, 21540,
	21549, 21559, 21578, 21593, 21602, 21610, 21619, 21630, 21639, 21651,
	21663, 21673, 21683, 21695, 21707, 21718, 21731, 21745, 21759, 21774,
	21785, 21796, 21807, 21816, 21831, 21847, 21858, 21874, 21887, 21900,
	21912, 21920, 21929, 21937, 21945, 21953, 21961, 21970, 21981, 21993,
	22002, 22014, 22026, 22038, 22050, 22062, 22072, 22082, 22094, 22105,
	22118, 22132, 22146, 22161, 22172, 22183, 22194, 22204, 22215, 22225,
	22237, 22248, 22257, 22268, 22275, 22284, 22294, 22304, 22311, 22320,
	22331, 22340, 22351, 22365, 22374, 22386, 22396, 22412, 22425, 22436,
	22446, 22457, 22466, 22475, 22484, 22495, 22508, 22519, 22528, 22537,
	22545, 22556, 22567, 22577, 22589, 22598, 22609, 22619, 22632, 22649,
	22666, 22685, 22699, 22717, 22737, 22748, 22757, 22770, 22782, 22792,
	22804, 22817, 22827, 22835, 22844, 22854, 22864, 22885, 22907, 22916,
	22925, 22935, 22944, 22953, 22963, 22972, 22979, 22989, 22999, 23009,
	23020, 23029, 23039, 23049, 23059, 23069, 23080, 23093, 23104, 23114,
	23123, 23130, 23139, 23149, 23161, 23177, 23195, 23214, 23224, 23232,
	23241, 23252, 23267, 23278, 23291, 23302, 23311, 23321, 23331, 23341,
	23351, 23360, 23370, 23380, 23388, 23400, 23409, 23418, 23428, 23438,
	23449, 23463, 23475, 23490, 23500, 23509, 23523, 23532, 23542, 23554,
	23574, 23595, 23615, 23636, 23648, 23668, 23689, 23696, 23706, 23714,
	23725, 23735, 23746, 23755, 23762, 23771, 23781, 23794, 23807, 23817,
	23827, 23837, 23847, 23861, 23875, 23889, 23903, 23915, 23924, 23935,
	23945, 23956, 23967, 23976, 23986, 23993, 24000, 24011, 24021, 24030,
	24040, 24049, 24059, 24068, 24078, 24088, 24094, 24104, 24114, 24123,
	24132, 24142, 24152, 24163, 24174, 24184, 24194, 24204, 24215, 24226,
	24236, 24245, 24256, 24266, 24274, 24283, 24290, 24297, 24306, 24314,
	24324, 24334, 24342, 24350, 24360, 24370, 24377, 24385, 24396, 24404,
	24413, 24421, 24433, 24443, 24453, 24461,
};

/* Those that need no semicolon. */
static const char old_names[][MAX_OLD + 1] = {
	"AElig", "AMP", "Aacute", "Acirc", "Agrave", "Aring", "Atilde",
	"Auml", "COPY", "Ccedil", "ETH", "Eacute", "Ecirc", "Egrave", "Euml",
	"GT", "Iacute", "Icirc", "Igrave", "Iuml", "LT", "Ntilde", "Oacute",
	"Ocirc", "Ograve", "Oslash", "Otilde", "Ouml", "QUOT", "REG", "THORN",
	"Uacute", "Ucirc", "Ugrave", "Uuml", "Yacute", "aacute", "acirc",
	"acute", "aelig", "agrave", "amp", "aring", "atilde", "auml",
	"brvbar", "ccedil", "cedil", "cent", "copy", "curren", "deg",
	"divide", "eacute", "ecirc", "egrave", "eth", "euml", "frac12",
	"frac14", "frac34", "gt", "iacute", "icirc", "iexcl", "igrave",
	"iquest", "iuml", "laquo", "lt", "macr", "micro", "middot", "nbsp",
	"not", "ntilde", "oacute", "ocirc", "ograve", "ordf", "ordm",
	"oslash", "otilde", "ouml", "para", "plusmn", "pound", "quot",
	"raquo", "reg", "sect", "shy", "sup1", "sup2", "sup3", "szlig",
	"thorn", "times", "uacute", "ucirc", "ugrave", "uml", "uuml",
	"yacute", "yen", "yuml",
};

/* As strcmp(3). */
static int compare(sqb_str s, const char *name)
{
	int order = strncmp(s.ptr, name, s.len);

	return order != 0 ? order : name[s.len] == '\0' ? 0 : -1;
}

const char *sqb__html_entity(sqb_str s)
{
	size_t low = 0, high = N_NAMES;

	while (low < high) {
		size_t at = (low + high) / 2;
		const char *name = names + starts[at];
		int order = compare(s, name);

		if (order == 0)
			return name + s.len + 1;
		if (order < 0)
			high = at;
		else
			low = at + 1;
	}
	return NULL;
}

/* What the list is in order of, and what most of it is told apart by. */
static unsigned first_two(const char *s)
{
	return (unsigned)(unsigned char)s[0] << 8 | (unsigned char)s[1];
}

size_t sqb__html_old_entity(sqb_str s)
{
	size_t n_old = sizeof(old_names) / sizeof(old_names[0]), best = 0;
	size_t low = 0, high = n_old;

	while (low < high) {
		size_t at = (low + high) / 2;

		if (first_two(old_names[at]) < first_two(s.ptr))
			low = at + 1;
		else
			high = at;
	}
	for (; low < n_old && first_two(old_names[low]) == first_two(s.ptr);
	    low++) {
		size_t n = 2;

		while (n < s.len && old_names[low][n] == s.ptr[n])
			n++;
		if (old_names[low][n] == '\0' && n > best)
			best = n;
	}
	return best;
}
