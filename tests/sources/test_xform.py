import json
from pathlib import Path

import pytest

from melflow.core.errors import SourceError
from melflow.core.workspace.framework import Framework
from melflow.sources.xlsform import read_xlsform

XFORM = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
    xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms"><h:head><h:title>Visit</h:title><model>
<itext>
<translation lang="English (en)" default="true()"><text id="/data/g/q:label"><value>How was it?</value></text>
<text id="c-0"><value>Good</value></text><text id="c-1"><value>Bad</value></text></translation>
<translation lang="Français (fr)"><text id="/data/g/q:label"><value>Comment ?</value><value form="image">jr://i</value>
</text><text id="c-0"><value>Bien</value></text><text id="c-1"><value>-</value></text></translation></itext>
<instance><data id="visit" version="2024.10"><start/><g><q/></g><r jr:template=""><n/></r><r><n/></r><sum/><ro/>
<meta><instanceID/></meta></data></instance>
<instance id="rating"><root><item><itextId>c-0</itextId><name>good</name></item>
<item><itextId>c-1</itextId><name>bad</name></item></root></instance>
<instance id="towns" src="jr://file-csv/towns.csv"/>
<bind nodeset="/data/start" type="dateTime" jr:preload="timestamp" jr:preloadParams="start"/>
<bind nodeset="/data/g/q" type="string" required="true()" relevant="1=1"/>
<bind nodeset="/data/r/n" type="int" constraint=". &gt;= 0 and . &lt;= 9" jr:constraintMsg="0 to 9"/>
<bind nodeset="/data/sum" type="string" calculate="sum(/data/r/n)"/><bind nodeset="/data/ro" readonly="true()"/>
</model></h:head><h:body>
<group ref="/data/g"><label>Visit of <output value="/data/start"/></label>
<select1 ref="/data/g/q"><label ref="jr:itext('/data/g/q:label')"/>
<itemset nodeset="instance('rating')/root/item[x = /data/start]"><value ref="name"/><label ref="jr:itext(itextId)"/>
</itemset></select1></group>
<group ref="/data/r"><label>Round</label><repeat nodeset="/data/r"><input ref="/data/r/n"/></repeat></group>
<input ref="/data/ro"><label>Thanks</label></input></h:body></h:html>"""


def test_xform__says_everything_a_workbook_would(tmp_path: Path, framework: Framework) -> None:
    """Should read questions, groups, repeats, rules, lists and both languages, and keep the version as text."""
    (tmp_path / "visit.xml").write_text(XFORM, encoding="utf-8")
    form = read_xlsform(tmp_path / "visit.xml", framework)
    assert (form.form_id, form.version, form.title) == ("visit", "2024.10", "Visit")
    assert (form.languages, form.default_language) == (("en", "fr"), "en")
    columns = ("item_id", "item_path", "repeat_path", "type", "list", "is_required", "relevant_expr")
    assert form.items.select(columns).rows() == [
        ("q", "g/q", "", "select_one", "rating", True, "1=1"),
        ("n", "r/n", "r", "integer", None, False, None),
        ("sum", "sum", "", "calculate", None, False, None),
    ]
    assert json.loads(form.items["label"][0]) == {"en": "How was it?", "fr": "Comment ?"}
    assert form.choices.select("code", "label").rows() == [
        ("good", '{"en": "Good", "fr": "Bien"}'),
        ("bad", '{"en": "Bad"}'),
    ]
    assert form.items.row(1, named=True)["range_max"] == 9 and form.metadata == {"start": "start"}
    assert form.items.row(1, named=True)["constraint_message"] == "0 to 9"
    assert form.groups["g"]["en"] == "Visit of ${start}"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "DOCTYPE"),
        (XFORM[:900], "breaks off"),
        ("<data><q>1</q></data>", "the XML of 'data'"),
    ],
)
def test_xform__refused(text: str, seen: str, tmp_path: Path, framework: Framework) -> None:
    """Should refuse entities, broken XML and what is no form, and say what to put there."""
    (tmp_path / "f.xml").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=rf"f\\.xml.*{seen}.*Download the form again".replace("\\\\", "\\")):
        read_xlsform(tmp_path / "f.xml", framework)
